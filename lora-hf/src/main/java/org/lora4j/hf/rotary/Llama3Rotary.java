/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.hf.rotary;

import java.io.IOException;
import org.lora4j.hf.model.ModelConfig;

/**
 * Llama 3.1's scaling: wavelengths longer than original / low are stretched by the factor, those
 * shorter than original / high stay, those between are blended.
 *
 * @param base θ
 * @param dim d
 * @param factor by how much long wavelengths are stretched
 * @param low low_freq_factor
 * @param high high_freq_factor
 * @param original the length before scaling
 */
record Llama3Rotary(double base, int dim, double factor, double low, double high, int original)
        implements RotaryFrequencies {
    static Llama3Rotary of(RopeSettings settings) throws IOException {
        double low = required(settings, "low_freq_factor");
        double high = required(settings, "high_freq_factor");
        if (!(high > low)) {
            throw ModelConfig.invalid(
                    "high_freq_factor %s and low_freq_factor %s; expected the first to be the"
                            + " larger one",
                    high, low);
        }
        return new Llama3Rotary(
                settings.base(), settings.dim(), settings.factor(), low, high, settings.original());
    }

    private static double required(RopeSettings settings, String key) throws IOException {
        return settings.positive(settings.section().number(key), key);
    }

    @Override
    public float[] inverse(int length) {
        float[] inverse = RotaryPowers.inverse(base, dim);
        for (int i = 0; i < inverse.length; i++) {
            inverse[i] = scaled(inverse[i]);
        }
        return inverse;
    }

    private float scaled(float frequency) {
        float longest = (float) (original / low);
        float shortest = (float) (original / high);
        float wavelength = 1 / frequency * (float) (2 * Math.PI);
        if (wavelength > longest) {
            return frequency / (float) factor;
        }
        if (wavelength < shortest) {
            return frequency;
        }
        float blend = (1 / wavelength * original - (float) low) / (float) (high - low);
        return (1 - blend) * frequency / (float) factor + blend * frequency;
    }
}
