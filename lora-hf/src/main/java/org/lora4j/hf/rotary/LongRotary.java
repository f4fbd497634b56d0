/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.hf.rotary;

import java.io.IOException;
import java.util.List;
import org.lora4j.hf.model.ModelConfig;

/**
 * LongRoPE (Ding et al., 2024, arXiv:2402.13753): f[i] = θ^(-2i/d) / λ[i], with one list λ up to
 * the original length and one beyond.
 *
 * @param base θ
 * @param dim d
 * @param shortFactor λ up to the original length
 * @param longFactor λ beyond it
 * @param original the length before scaling
 * @param attentionFactor by what cosine and sine are multiplied
 */
record LongRotary(
        double base,
        int dim,
        List<Float> shortFactor,
        List<Float> longFactor,
        int original,
        double attentionFactor)
        implements RotaryFrequencies {
    LongRotary {
        shortFactor = List.copyOf(shortFactor);
        longFactor = List.copyOf(longFactor);
    }

    static LongRotary of(RopeSettings settings) throws IOException {
        int original = settings.original();
        return new LongRotary(
                settings.base(),
                settings.dim(),
                factors(settings, "short_factor"),
                factors(settings, "long_factor"),
                original,
                attention(settings, original));
    }

    private static double attention(RopeSettings settings, int original) throws IOException {
        if (settings.section().has("attention_factor")) {
            return settings.section().number("attention_factor");
        }
        double factor = settings.factorOr(original);
        return factor <= 1 ? 1 : Math.sqrt(1 + Math.log(factor) / Math.log(original));
    }

    private static List<Float> factors(RopeSettings settings, String key) throws IOException {
        double[] values = settings.section().numbers(key);
        if (values.length != settings.pairs()) {
            throw ModelConfig.invalid(
                    "%s has %s numbers; expected %s, one for each pair of channels",
                    key, values.length, settings.pairs());
        }
        Float[] factors = new Float[values.length];
        for (int i = 0; i < values.length; i++) {
            factors[i] = (float) settings.positive(values[i], key);
        }
        return List.of(factors);
    }

    @Override
    public float[] inverse(int length) {
        List<Float> factors = length > original ? longFactor : shortFactor;
        float[] inverse = RotaryPowers.of(base, dim);
        for (int i = 0; i < inverse.length; i++) {
            inverse[i] = 1 / (factors.get(i) * inverse[i]);
        }
        return inverse;
    }

    @Override
    public boolean dependsOnLength() {
        return true;
    }

    @Override
    public boolean changesAt(int length) {
        return length == original + 1;
    }
}
