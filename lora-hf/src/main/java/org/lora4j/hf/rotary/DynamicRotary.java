/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.hf.rotary;

import java.io.IOException;
import org.lora4j.hf.model.ModelConfig;

/**
 * NTK scaling: beyond the longest length L, θ grows with the length n to θ (factor n / L - (factor
 * - 1))^(d / (d - 2)).
 *
 * @param base θ
 * @param dim d
 * @param factor how fast θ grows
 * @param longest L, max_position_embeddings
 */
record DynamicRotary(double base, int dim, double factor, int longest)
        implements RotaryFrequencies {
    static DynamicRotary of(RopeSettings settings) throws IOException {
        if (settings.dim() <= 2) {
            throw ModelConfig.invalid(
                    "rope_type \"dynamic\" turns %s channels of a head; expected more than 2",
                    settings.dim());
        }
        return new DynamicRotary(
                settings.base(),
                settings.dim(),
                settings.factor(),
                settings.config().positive("max_position_embeddings"));
    }

    @Override
    public float[] inverse(int length) {
        double n = Math.max(length, longest);
        double growth = factor * n / longest - (factor - 1);
        return RotaryPowers.inverse(base * Math.pow(growth, dim / (dim - 2.0)), dim);
    }

    @Override
    public boolean dependsOnLength() {
        return true;
    }

    @Override
    public boolean isUnbounded() {
        return true;
    }
}
