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
import ai.djl.nn.Block;
import ai.djl.training.ParameterStore;
import org.lora4j.block.AdaptedLayer;

/** Compares layers with what Python computed for them. */
final class GoldenChecks {
    static final float TOLERANCE = 3e-6f;

    private GoldenChecks() {}

    static void checkMerged(
            AdaptedLayer layer, NDArray x, NDManager manager, LayerGolden.Arrays arrays) {
        assertClose("delta", layer.delta(manager, "default"), arrays);
        float[] unmerged = forward(layer, x, false).toFloatArray();
        layer.merge();
        assertClose("y_merged", forward(layer, x, false), arrays);
        layer.unmerge();
        assertThat(forward(layer, x, false).toFloatArray()).isEqualTo(unmerged);
        assertThat(layer.weight().toFloatArray()).isEqualTo(arrays.get("w").toFloatArray());
        Block plain = layer.merged();
        NDArray weight = plain.getDirectParameters().valueAt(0).getArray();
        assertClose("merged", weight, arrays);
        assertClose("y_merged", forward(plain, x, false), arrays);
    }

    static NDArray forward(Block layer, NDArray x, boolean training) {
        return layer.forward(new ParameterStore(x.getManager(), false), new NDList(x), training)
                .singletonOrThrow();
    }

    static void assertClose(
            String name, NDArray found, LayerGolden.Arrays arrays, float tolerance) {
        NDArray expected = arrays.get(name);
        assertThat(found.getShape()).as(name).isEqualTo(expected.getShape());
        assertThat(found.toFloatArray())
                .as(name)
                .containsExactly(expected.toFloatArray(), within(tolerance));
    }

    static void assertClose(String name, NDArray found, LayerGolden.Arrays arrays) {
        assertClose(name, found, arrays, TOLERANCE);
    }
}
