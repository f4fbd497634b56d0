/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.hf.rotary;

import java.io.IOException;
import org.lora4j.hf.model.ModelConfig;

/**
 * YaRN (Peng et al., 2023, arXiv:2309.00071): channels that turn often within the original length
 * keep their frequency, those that turn less than once are divided by the factor, a ramp lies
 * between.
 *
 * @param base θ
 * @param dim d
 * @param factor by how much slow frequencies are divided
 * @param low where the ramp begins, a pair of channels
 * @param high where it ends
 * @param attentionFactor by what cosine and sine are multiplied
 */
record YarnRotary(
        double base, int dim, double factor, double low, double high, double attentionFactor)
        implements RotaryFrequencies {
    static YarnRotary of(RopeSettings settings) throws IOException {
        ModelConfig section = settings.section();
        int original = settings.original();
        double factor = settings.factorOr(original);
        double low = pair(settings, orDefault(section, "beta_fast", 32), original);
        double high = pair(settings, orDefault(section, "beta_slow", 1), original);
        if (section.flag("truncate", true)) {
            low = Math.floor(low);
            high = Math.ceil(high);
        }
        return new YarnRotary(
                settings.base(),
                settings.dim(),
                factor,
                Math.max(low, 0),
                Math.min(high, settings.dim() - 1),
                attention(section, factor));
    }

    private static double attention(ModelConfig section, double factor) throws IOException {
        if (section.has("attention_factor")) {
            return section.number("attention_factor");
        }
        double scale = section.number("mscale", 0);
        double scaleAll = section.number("mscale_all_dim", 0);
        return scale != 0 && scaleAll != 0
                ? temperature(factor, scale) / temperature(factor, scaleAll)
                : temperature(factor, 1);
    }

    private static double temperature(double factor, double scale) {
        return factor <= 1 ? 1 : 0.1 * scale * Math.log(factor) + 1;
    }

    /** A zero means the default, as in transformers. */
    private static double orDefault(ModelConfig section, String key, double otherwise)
            throws IOException {
        double value = section.number(key, otherwise);
        return value == 0 ? otherwise : value;
    }

    /** The pair of channels, a real number, that turns so often within the original length. */
    private static double pair(RopeSettings settings, double turns, int original)
            throws IOException {
        double positive = settings.positive(turns, "beta_fast or beta_slow");
        return settings.dim()
                * Math.log(original / (positive * 2 * Math.PI))
                / (2 * Math.log(settings.base()));
    }

    @Override
    public float[] inverse(int length) {
        float[] inverse = RotaryPowers.of(base, dim);
        double end = low == high ? high + 0.001 : high;
        for (int i = 0; i < inverse.length; i++) {
            float fast = 1 / inverse[i];
            float slow = 1 / ((float) factor * inverse[i]);
            float ramp = (i - (float) low) / (float) (end - low);
            float keep = 1 - Math.min(Math.max(ramp, 0), 1);
            inverse[i] = slow * (1 - keep) + fast * keep;
        }
        return inverse;
    }
}
