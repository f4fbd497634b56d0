/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.djl;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import ai.djl.nn.Parameter;
import ai.djl.nn.core.Linear;
import ai.djl.training.ParameterStore;
import java.io.IOException;
import java.io.InputStream;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.lora4j.block.AdapterSelection;
import org.lora4j.block.LoraContext;
import org.lora4j.block.form.AdapterSpec;
import org.lora4j.block.form.LoraAdapter;
import org.lora4j.block.layer.LoraLinear;
import org.lora4j.core.DeltaDtype;
import org.lora4j.core.LoraConfig;
import org.lora4j.torch.Autograd;
import org.lora4j.torch.GradMode;
import org.lora4j.torch.Torch;
import org.lora4j.torch.TorchKernels;

/** Whole tensors against peft 0.21.2: forward, gradients, delta and merge. */
final class LoraLinearGoldenTest {
    @ParameterizedTest
    @CsvSource({
        "bias, 2, 7, false, ACTIVATION", "no-bias, 3, 1, false, ACTIVATION",
        "rslora, 4, 6, true, ACTIVATION", "sequence, 2, 8, false, ACTIVATION",
        "wide, 6, 2.5, true, ACTIVATION", "sequence, 2, 8, false, FLOAT32",
        "rslora, 4, 6, true, FLOAT32"
    })
    void aLayerComputesWhatPeftDoes(
            String name, int rank, double alpha, boolean rslora, DeltaDtype dtype)
            throws IOException {
        LoraConfig config =
                LoraConfig.builder()
                        .setRank(rank)
                        .setAlpha(alpha)
                        .optRslora(rslora)
                        .optDeltaDtype(dtype)
                        .optTargetModules("lin")
                        .build();
        try (NDManager manager = NDManager.newBaseManager();
                GradMode on = GradMode.on()) {
            Map<String, NDArray> golden = read(manager, name);
            NDArray x = get(golden, "x");
            LoraContext context = LoraContext.of(new TorchKernels(), 0);
            LoraLinear layer = new LoraLinear("lin", linear(manager, golden), context);
            LoraAdapter adapter = layer.addAdapter("default", AdapterSpec.of(config, "lin"));
            Torch.copyInto(adapter.a().getArray(), get(golden, "a"));
            Torch.copyInto(adapter.b().getArray(), get(golden, "b"));
            context.active().setDefault(AdapterSelection.of("default"));
            x.setRequiresGradient(true);
            NDArray y = forward(layer, x, true);
            assertClose(y, get(golden, "y"));
            NDArray loss = y.mul(get(golden, "dy")).sum();
            NDList gradients =
                    Autograd.gradients(
                            loss, List.of(adapter.a().getArray(), adapter.b().getArray(), x));
            assertClose(gradients.get(0), get(golden, "da"));
            assertClose(gradients.get(1), get(golden, "db"));
            assertClose(gradients.get(2), get(golden, "dx"));
            assertClose(layer.delta(manager, "default"), get(golden, "delta"));
            assertClose(forward(layer, x, false), get(golden, "y"));
            layer.merge();
            assertClose(forward(layer, x, false), get(golden, "y_merged"));
            assertClose(
                    layer.merged().getDirectParameters().get("weight").getArray(),
                    get(golden, "merged"));
            assertThat(layer.base().getDirectParameters().get("weight").getArray().toFloatArray())
                    .isEqualTo(get(golden, "w").toFloatArray());
        }
    }

    private static NDArray forward(LoraLinear layer, NDArray x, boolean training) {
        return layer.forward(new ParameterStore(x.getManager(), false), new NDList(x), training)
                .singletonOrThrow();
    }

    private static Linear linear(NDManager manager, Map<String, NDArray> golden) {
        Shape shape = get(golden, "w").getShape();
        boolean bias = golden.containsKey("bias");
        Linear linear = Linear.builder().setUnits(shape.get(0)).optBias(bias).build();
        linear.initialize(manager, DataType.FLOAT32, new Shape(1, shape.get(1)));
        linear.freezeParameters(true);
        set(linear.getDirectParameters().get("weight"), get(golden, "w"));
        if (bias) {
            set(linear.getDirectParameters().get("bias"), get(golden, "bias"));
        }
        return linear;
    }

    private static void set(Parameter parameter, NDArray value) {
        Torch.copyInto(parameter.getArray(), value);
    }

    private static void assertClose(NDArray found, NDArray expected) {
        assertThat(found.getShape()).isEqualTo(expected.getShape());
        assertThat(found.toFloatArray()).containsExactly(expected.toFloatArray(), within(1e-6f));
    }

    private static NDArray get(Map<String, NDArray> golden, String name) {
        return Objects.requireNonNull(golden.get(name), name);
    }

    private static Map<String, NDArray> read(NDManager manager, String name) throws IOException {
        String resource = "/golden/lora-linear/" + name + ".npz";
        try (InputStream in = LoraLinearGoldenTest.class.getResourceAsStream(resource)) {
            Map<String, NDArray> arrays = new HashMap<>();
            for (NDArray array : NDList.decode(manager, Objects.requireNonNull(in, resource))) {
                arrays.put(array.getName(), array);
            }
            return arrays;
        }
    }
}
