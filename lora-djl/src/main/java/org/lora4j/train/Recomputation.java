/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.train;

/**
 * Which layers are computed again in the backward pass rather than keep what their gradients read:
 * gradient checkpointing (Chen et al., 2016, arXiv:1604.06174).
 *
 * <p>A layer that is computed again keeps its input alone, and costs one more forward pass of it.
 * Losses, gradients and dropout masks are the same to the bit.
 *
 * @param layers how many of the first layers are computed again; {@link Integer#MAX_VALUE} for all
 * @param budget how many bytes the process may use, for which layers are computed again as soon as
 *     what was kept would exceed it; 0 without a budget
 */
public record Recomputation(int layers, long budget) {
    /**
     * Checks the values.
     *
     * @throws IllegalArgumentException if one is negative
     */
    public Recomputation {
        if (layers < 0 || budget < 0) {
            throw new IllegalArgumentException(
                    "recomputation of %d layers within %d bytes; expected none below 0"
                            .formatted(layers, budget));
        }
    }

    /** Returns that every layer keeps what its gradients read. */
    public static Recomputation none() {
        return new Recomputation(0, 0);
    }

    /** Returns that all layers are computed again. */
    public static Recomputation all() {
        return new Recomputation(Integer.MAX_VALUE, 0);
    }

    /**
     * Returns that the first layers are computed again.
     *
     * @param layers how many
     */
    public static Recomputation first(int layers) {
        return new Recomputation(layers, 0);
    }

    /**
     * Returns that as many layers are computed again as a budget of memory asks for.
     *
     * @param budget the bytes that the process may use, more than it uses when the training begins
     */
    public static Recomputation within(long budget) {
        if (budget == 0) {
            throw new IllegalArgumentException("a budget of 0 bytes; expected more");
        }
        return new Recomputation(0, budget);
    }

    /** Returns "none", "all", a number of layers, or "within .. bytes". */
    @Override
    public String toString() {
        if (budget > 0) {
            return "within " + budget + " bytes";
        }
        return switch (layers) {
            case 0 -> "none";
            case Integer.MAX_VALUE -> "all";
            default -> String.valueOf(layers);
        };
    }
}
