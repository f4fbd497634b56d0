/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.djl;

import static org.assertj.core.api.Assertions.assertThat;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.index.NDIndex;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import ai.djl.nn.Activation;
import ai.djl.nn.Block;
import ai.djl.nn.Parameter;
import ai.djl.nn.SequentialBlock;
import ai.djl.nn.core.Linear;
import ai.djl.training.ParameterStore;
import ai.djl.util.Pair;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Random;
import org.lora4j.block.AdapterHost;
import org.lora4j.core.LoraConfig;
import org.lora4j.core.LoraConfigBuilder;

/** Small trees of DJL's blocks, and what can be seen of them. */
final class Trees {
    private Trees() {}

    /** 3 -> 7 -> 5, the second layer without bias. */
    static SequentialBlock mlp() {
        return new SequentialBlock()
                .add(Linear.builder().setUnits(7).build())
                .add(Activation.tanhBlock())
                .add(Linear.builder().setUnits(5).optBias(false).build());
    }

    static SequentialBlock mlp(NDManager manager) {
        SequentialBlock mlp = mlp();
        mlp.initialize(manager, DataType.FLOAT32, new Shape(1, 3));
        return mlp;
    }

    static LoraConfigBuilder config(String... targets) {
        return LoraConfig.builder().setRank(2).setAlpha(6).optTargetModules(targets).optSeed(5);
    }

    static NDArray input(NDManager manager, long... shape) {
        Random random = new Random(4);
        float[] values = new float[(int) new Shape(shape).size()];
        for (int i = 0; i < values.length; i++) {
            values[i] = (float) random.nextGaussian();
        }
        return manager.create(values, new Shape(shape));
    }

    static float[] forward(Block block, NDArray... inputs) {
        NDManager manager = inputs[0].getManager();
        return block.forward(new ParameterStore(manager, false), new NDList(inputs), false)
                .head()
                .toFloatArray();
    }

    /** Gives an adapter a B other than zero, so that it shows. */
    static void disturb(AdapterHost host, String adapter) {
        for (Map.Entry<String, Parameter> entry : host.tensors(adapter).entrySet()) {
            NDArray array = entry.getValue().getArray();
            try (NDManager scope = array.getManager().newSubManager();
                    NDArray view = array.stopGradient()) {
                NDArray noise = input(scope, array.getShape().getShape());
                view.set(new NDIndex("..."), noise);
            }
        }
    }

    static Map<String, float[]> values(Block base) {
        Map<String, float[]> values = new LinkedHashMap<>();
        BlockParameters.of(base)
                .forEach((path, p) -> values.put(path, p.getArray().toFloatArray()));
        return values;
    }

    static void assertSame(Map<String, float[]> now, Map<String, float[]> before) {
        assertThat(now.keySet()).isEqualTo(before.keySet());
        now.forEach((path, x) -> assertThat(x).as(path).isEqualTo(before.get(path)));
    }

    /** The names, as DJL joins them, of the parameters that train. */
    static java.util.List<String> trained(Block block) {
        return block.getParameters().stream()
                .filter(entry -> entry.getValue().requiresGradient())
                .map(Pair::getKey)
                .toList();
    }
}
