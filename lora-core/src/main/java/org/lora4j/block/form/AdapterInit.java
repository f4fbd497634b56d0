/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.block.form;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import java.util.function.IntToDoubleFunction;
import org.jspecify.annotations.Nullable;
import org.lora4j.block.random.CounterRandom;
import org.lora4j.core.Init;
import org.lora4j.core.variant.LoraVariant;

/** Makes the matrices with which a new adapter begins. */
public interface AdapterInit {
    /**
     * A by the spec's {@link Init}, B zero, except with ORTHOGONAL; for embeddings A zero, B ~ N(0,
     * 1).
     *
     * <p>The numbers depend on (seed, path, element) alone, so they are the same on every machine
     * and do not depend on which other layers are adapted.
     */
    AdapterInit DRAWN =
            (path, spec, form, weight) -> {
                Shape shapeA = form.shapeA(spec.rank());
                Shape shapeB = form.shapeB(spec.rank());
                if (spec.init().keepsB()) {
                    throw new IllegalArgumentException(
                            "%s cannot begin with %s, which its weight does not allow"
                                    .formatted(path, spec.init()));
                }
                long key = CounterRandom.derive(spec.seed(), path);
                if (spec.init() == Init.ORTHOGONAL && form instanceof LinearForm) {
                    OrthogonalInit drawn = new OrthogonalInit(path, spec.rank(), key);
                    return new LoraAdapter.Pair(
                            put(weight, shapeA, drawn.a(shapeA.get(1))),
                            put(weight, shapeB, drawn.b(shapeB.get(0))));
                }
                if (spec.init() == Init.ORTHOGONAL && !form.drawsB()) {
                    throw new IllegalArgumentException(
                            path
                                    + " cannot begin with ORTHOGONAL, which is for linear layers;"
                                    + " leave it out of the targets");
                }
                if (form instanceof BlockDiagonalForm blocks && blocks.ofA()) {
                    // kaiming_uniform with a = 0, whatever A and B of other layers begin with
                    double bound = Math.sqrt(6.0 / shapeA.get(1));
                    return new LoraAdapter.Pair(
                            put(weight, shapeA, uniform(shapeA, key, bound)),
                            zeros(weight, shapeB));
                }
                return form.drawsB()
                        ? new LoraAdapter.Pair(
                                zeros(weight, shapeA),
                                put(weight, shapeB, normal(shapeB, key, "lora_B", 1)))
                        : new LoraAdapter.Pair(
                                put(weight, shapeA, draw(spec, shapeA, key)),
                                zeros(weight, shapeB));
            };

    /** Both zero: for an adapter whose numbers are written next, such as those of a file. */
    AdapterInit ZEROS =
            (path, spec, form, weight) ->
                    new LoraAdapter.Pair(
                            zeros(weight, form.shapeA(spec.rank())),
                            zeros(weight, form.shapeB(spec.rank())));

    /**
     * Makes the matrices, in float32.
     *
     * @param path the layer's module path
     * @param spec the adapter's numbers
     * @param form the shapes of A and B
     * @param weight W0, which is only read; its manager and device are those of the matrices
     */
    LoraAdapter.Pair matrices(String path, AdapterSpec spec, LowRankForm form, NDArray weight);

    /** A matrix ~ N(0, 1) that depends on a layer's path alone. */
    static NDArray start(String path, Shape shape, NDArray weight) {
        long key = CounterRandom.derive(0, path);
        return put(weight, shape, normal(shape, key, "start", 1));
    }

    /**
     * KaSA's diagonal d of a new adapter, ~ N(0, 1) as in PEFT, or zeros where it is not drawn.
     *
     * @param path the layer's module path
     * @param spec the adapter's numbers
     * @param weight W0, whose manager and device are those of the diagonal
     * @param init makes the matrices
     * @return [r]; null where the adapter has none
     */
    static @Nullable NDArray diagonal(
            String path, AdapterSpec spec, NDArray weight, AdapterInit init) {
        if (!(spec.variant() instanceof LoraVariant.Kasa)) {
            return null;
        }
        Shape shape = new Shape(spec.rank());
        long key = CounterRandom.derive(spec.seed(), path);
        return init == DRAWN
                ? put(weight, shape, normal(shape, key, LoraAdapter.DIAGONAL, 1))
                : zeros(weight, shape);
    }

    private static NDArray zeros(NDArray weight, Shape shape) {
        return weight.getManager().zeros(shape, DataType.FLOAT32, weight.getDevice());
    }

    private static NDArray put(NDArray weight, Shape shape, float[] values) {
        return DrawnArray.beside(weight, shape, values);
    }

    private static float[] draw(AdapterSpec spec, Shape shape, long key) {
        if (spec.init() == Init.GAUSSIAN) {
            return normal(shape, key, "lora_A", spec.rank());
        }
        return uniform(shape, key, 1 / Math.sqrt((double) shape.size() / shape.get(0)));
    }

    private static float[] uniform(Shape shape, long key, double bound) {
        long own = CounterRandom.derive(key, "lora_A");
        return values(shape, i -> bound * (2 * CounterRandom.uniform(own, i) - 1));
    }

    private static float[] normal(Shape shape, long key, String name, int divisor) {
        long own = CounterRandom.derive(key, name);
        return values(shape, i -> CounterRandom.gaussian(own, i) / divisor);
    }

    private static float[] values(Shape shape, IntToDoubleFunction value) {
        if (shape.size() > Integer.MAX_VALUE) {
            throw new IllegalArgumentException(
                    "a matrix %s has %d elements; expected fewer than 2^31"
                            .formatted(shape, shape.size()));
        }
        float[] values = new float[(int) shape.size()];
        for (int i = 0; i < values.length; i++) {
            values[i] = (float) value.applyAsDouble(i);
        }
        return values;
    }
}
