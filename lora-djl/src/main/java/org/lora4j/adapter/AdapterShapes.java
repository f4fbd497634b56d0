/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.adapter;

import ai.djl.ndarray.types.Shape;
import java.util.Map;
import org.lora4j.core.AdapterConfig;
import org.lora4j.core.LoraConfig;
import org.lora4j.core.variant.LoraVariant;

/** Whether an adapter's tensors agree among themselves and with their configuration. */
final class AdapterShapes {
    private AdapterShapes() {}

    /** Every A has its B, and both have the rank that the configuration gives their module. */
    static AdapterMismatchException.Builder check(AdapterConfig method, Map<String, Shape> shapes) {
        AdapterMismatchException.Builder mismatches = AdapterMismatchException.builder();
        if (!(method instanceof LoraConfig config)) {
            return mismatches; // which tensors the others have, the model knows
        }
        for (Map.Entry<String, Shape> entry : shapes.entrySet()) {
            AdapterTensorName name = AdapterTensorName.parse(entry.getKey()).orElse(null);
            if (name == null || name.matrix() == AdapterTensorName.Matrix.MAGNITUDE) {
                continue;
            }
            String partner =
                    new AdapterTensorName(name.module(), name.matrix().partner()).toString();
            if (!shapes.containsKey(partner)) {
                mismatches.addMissing(partner, null);
            }
            if (!config.targetParameters().isEmpty()) {
                continue; // the model knows which have r rows for each of several experts
            }
            Shape shape = entry.getValue();
            int axis = name.matrix().rankAxis();
            int rank = config.rankFor(name.module());
            if (shape.dimension() < 2 || !holds(rank / blocks(config, name), shape, axis)) {
                mismatches.add(
                        entry.getKey(),
                        "rank %d in dimension %d, as configured".formatted(rank, axis),
                        shape.toString());
            }
        }
        return mismatches;
    }

    /** B of BD-LoRA has the rank's share of one of its blocks. */
    private static int blocks(LoraConfig config, AdapterTensorName name) {
        boolean inBlocks =
                name.matrix() == AdapterTensorName.Matrix.B
                        && config.variant() instanceof LoraVariant.BlockDiagonal diagonal
                        && diagonal.side(name.module()) == LoraVariant.BlockDiagonal.Side.B;
        return inBlocks ? ((LoraVariant.BlockDiagonal) config.variant()).blocks() : 1;
    }

    /** B of a convolution has the rank's share of one of its groups, which the model knows. */
    private static boolean holds(int rank, Shape shape, int axis) {
        long found = shape.get(axis);
        boolean share = axis == 1 && shape.dimension() > 2 && found > 0 && rank % found == 0;
        return share || found == rank;
    }
}
