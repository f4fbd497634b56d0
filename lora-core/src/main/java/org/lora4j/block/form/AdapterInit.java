/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.block.form;

import ai.djl.Device;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import ai.djl.nn.Parameter;
import org.lora4j.block.random.CounterRandom;
import org.lora4j.block.weight.ArrayNames;
import org.lora4j.core.Init;

/**
 * Draws the matrices of a new adapter: A by the spec's {@link Init}, B zero; for embeddings A zero,
 * B ~ N(0, 1).
 *
 * <p>The numbers depend on (seed, path, element) alone, so they are the same on every machine and
 * do not depend on which other layers are adapted.
 */
public final class AdapterInit {
    private static final String DEFAULT = "default";

    private AdapterInit() {}

    /**
     * Makes an adapter whose parameters train.
     *
     * @param form how A and B are shaped
     * @param manager who owns the arrays
     */
    public static LoraAdapter pair(
            String name,
            AdapterSpec spec,
            String path,
            LowRankForm form,
            NDManager manager,
            Device device) {
        long key = CounterRandom.derive(spec.seed(), path);
        Shape shapeA = form.shapeA(spec.rank());
        Shape shapeB = form.shapeB(spec.rank());
        NDArray a;
        NDArray b;
        if (form.drawsB()) {
            b = put(manager, device, shapeB, normal(shapeB, CounterRandom.derive(key, "lora_B")));
            a = manager.zeros(shapeA, DataType.FLOAT32, device);
        } else {
            a =
                    put(
                            manager,
                            device,
                            shapeA,
                            draw(spec, shapeA, CounterRandom.derive(key, "lora_A")));
            b = manager.zeros(shapeB, DataType.FLOAT32, device);
        }
        return new LoraAdapter(
                name, spec, form, parameter("lora_A", name, a), parameter("lora_B", name, b));
    }

    private static NDArray put(NDManager manager, Device device, Shape shape, float[] values) {
        try (NDArray drawn = manager.create(values, shape)) {
            // DJL's toDevice shares memory where the device is the same, even when asked to copy,
            // and this memory is Java's: it would go with the array that was drawn
            NDArray own =
                    drawn.getDevice().equals(device)
                            ? drawn.duplicate()
                            : drawn.toDevice(device, true);
            own.attach(manager);
            return own;
        }
    }

    private static float[] normal(Shape shape, long key) {
        float[] values = new float[size(shape)];
        for (int i = 0; i < values.length; i++) {
            values[i] = (float) CounterRandom.gaussian(key, i);
        }
        return values;
    }

    private static int size(Shape shape) {
        if (shape.size() > Integer.MAX_VALUE) {
            throw new IllegalArgumentException(
                    "a matrix "
                            + shape
                            + " has "
                            + shape.size()
                            + " elements; expected fewer than 2^31");
        }
        return (int) shape.size();
    }

    private static float[] draw(AdapterSpec spec, Shape shape, long key) {
        float[] values = new float[size(shape)];
        long fanIn = shape.size() / shape.get(0);
        double bound = 1 / Math.sqrt((double) fanIn);
        for (int i = 0; i < values.length; i++) {
            values[i] =
                    switch (spec.init()) {
                        case GAUSSIAN -> (float) (CounterRandom.gaussian(key, i) / spec.rank());
                        case KAIMING_UNIFORM ->
                                (float) (bound * (2 * CounterRandom.uniform(key, i) - 1));
                    };
        }
        return values;
    }

    /** loralib's name where there is one adapter, as in PEFT "default". */
    public static String parameterName(String kind, String adapter) {
        return adapter.equals(DEFAULT) ? kind : kind + "_" + adapter;
    }

    private static Parameter parameter(String kind, String adapter, NDArray array) {
        Parameter parameter =
                Parameter.builder()
                        .setName(parameterName(kind, adapter))
                        .setType(Parameter.Type.WEIGHT)
                        .build();
        ArrayNames.setUnnamed(parameter, array);
        parameter.freeze(false);
        return parameter;
    }
}
