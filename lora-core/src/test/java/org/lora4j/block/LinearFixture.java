/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.block;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import ai.djl.nn.Block;
import ai.djl.nn.Parameter;
import ai.djl.nn.core.Linear;
import ai.djl.training.ParameterStore;
import org.jspecify.annotations.Nullable;
import org.lora4j.block.copy.AdapterStream;
import org.lora4j.block.form.AdapterSpec;
import org.lora4j.block.form.LoraAdapter;
import org.lora4j.block.kernels.NdArrayKernels;
import org.lora4j.block.layer.LoraLinear;
import org.lora4j.core.DeltaDtype;
import org.lora4j.core.Init;

/** A linear layer [5, 3] with known numbers, its adapted form and its control. */
public final class LinearFixture implements AutoCloseable {
    public static final int IN = 3;
    public static final int OUT = 5;
    public static final String PATH = "encoder.layer.0.query";

    public final NDManager manager = NDManager.newBaseManager();
    public final LoraContext context = LoraContext.of(new NdArrayKernels(), 7);
    public final Linear base;
    public final LoraLinear layer;
    public final NaiveLora control;

    public LinearFixture(boolean bias) {
        double[][] weight = NaiveLora.random(1, OUT, IN);
        double[][] offsets = NaiveLora.random(2, 1, OUT);
        base = linear(manager, weight, bias ? offsets[0] : null);
        layer = new LoraLinear(PATH, base, context);
        control = new NaiveLora(weight, bias ? offsets[0] : null);
    }

    public static Linear linear(NDManager manager, double[][] weight, double @Nullable [] bias) {
        Linear linear = Linear.builder().setUnits(weight.length).optBias(bias != null).build();
        linear.initialize(manager, DataType.FLOAT32, new Shape(1, weight[0].length));
        write(linear.getParameters().get("weight"), weight);
        if (bias != null) {
            write(linear.getParameters().get("bias"), new double[][] {bias});
        }
        return linear;
    }

    public static AdapterSpec spec(int rank, double alpha, double dropout) {
        return new AdapterSpec(
                rank, alpha, alpha / rank, dropout, Init.GAUSSIAN, DeltaDtype.ACTIVATION, 11);
    }

    /** Adds an adapter with random A and B, here and to the control with the weight given. */
    public LoraAdapter add(String name, AdapterSpec spec, long seed, double weighting) {
        LoraAdapter adapter = layer.addAdapter(name, spec);
        double[][] a = NaiveLora.random(seed, spec.rank(), IN);
        double[][] b = NaiveLora.random(seed + 1, OUT, spec.rank());
        write(adapter.a(), a);
        write(adapter.b(), b);
        control.add(a, b, spec.scaling() * weighting, null);
        return adapter;
    }

    public static void write(Parameter parameter, double[][] values) {
        Shape shape = parameter.getArray().getShape();
        try (NDManager scope = parameter.getArray().getManager().newSubManager()) {
            AdapterStream.copy(scope.create(NaiveLora.flat(values), shape), parameter);
        }
    }

    public NDArray input(double[][] x, long... shape) {
        return manager.create(NaiveLora.flat(x), new Shape(shape));
    }

    public NDArray forward(Block block, NDArray x, boolean training) {
        return block.forward(new ParameterStore(manager, false), new NDList(x), training)
                .singletonOrThrow();
    }

    public NDArray forward(NDArray x) {
        return forward(layer, x, false);
    }

    public static void assertClose(NDArray found, double[][] expected) {
        assertThat(found.toFloatArray()).containsExactly(NaiveLora.flat(expected), within(4e-6f));
    }

    /** The base's bytes, to show that nothing wrote them. */
    public static float[] bytes(Block base) {
        return base.getParameters().get("weight").getArray().toFloatArray();
    }

    @Override
    public void close() {
        manager.close();
    }
}
