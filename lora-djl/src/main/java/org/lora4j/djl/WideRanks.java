/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.djl;

import ai.djl.ndarray.types.Shape;
import java.util.Collection;
import java.util.List;
import org.lora4j.block.AdaptedLayer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Warns of ranks above the smaller side of the matrix that they update: an update of full rank
 * needs no more.
 */
final class WideRanks {
    private static final Logger LOG = LoggerFactory.getLogger(WideRanks.class);

    private WideRanks() {}

    /** Warns of a new adapter, in one line for all of its layers. */
    static void warn(Collection<? extends AdaptedLayer> layers, String adapter) {
        List<? extends AdaptedLayer> wide =
                layers.stream().filter(layer -> rank(layer, adapter) > width(layer)).toList();
        if (!wide.isEmpty()) {
            AdaptedLayer first = wide.get(0);
            LOG.warn(
                    "{} has rank {}, above its full rank of {}{}: the rest of the rank adds"
                            + " parameters, and nothing that a smaller rank could not learn",
                    first.path(),
                    rank(first, adapter),
                    width(first),
                    wide.size() == 1 ? "" : " (" + wide.size() + " layers are alike)");
        }
    }

    private static int rank(AdaptedLayer layer, String adapter) {
        return layer.adapter(adapter).orElseThrow().spec().rank();
    }

    private static long width(AdaptedLayer layer) {
        Shape shape = layer.weightShape();
        long rows = Math.max(1, shape.get(0));
        return Math.min(shape.get(0), shape.size() / rows);
    }
}
