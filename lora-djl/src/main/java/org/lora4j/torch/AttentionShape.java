/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.torch;

/**
 * The numbers of an attention with grouped keys.
 *
 * @param heads the heads of the queries
 * @param groups the heads of keys and values, a divisor of heads
 * @param scale what scores are multiplied by, 1/√d for most models
 * @param window how many positions up to its own a position sees; 0 for all
 * @param softCap c of c tanh(score / c), 0 for none
 */
public record AttentionShape(int heads, int groups, double scale, int window, double softCap) {
    /** Checks the numbers. */
    public AttentionShape {
        if (heads < 1 || groups < 1 || heads % groups != 0) {
            throw new IllegalArgumentException(
                    "%d heads for %d heads of keys; expected a multiple, 1 or more"
                            .formatted(heads, groups));
        }
        if (!(scale > 0) || window < 0 || !(softCap >= 0)) {
            throw new IllegalArgumentException(
                    "scale %s, window %d, soft cap %s; expected a scale above 0 and none below 0"
                            .formatted(scale, window, softCap));
        }
    }
}
