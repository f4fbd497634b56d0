/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.hf.rotary;

/** θ^(2i/d) in float32, as torch.pow of a number and a float tensor gives it. */
final class RotaryPowers {
    private RotaryPowers() {}

    static float[] of(double base, int dim) {
        float[] powers = new float[(dim + 1) / 2];
        for (int i = 0; i < powers.length; i++) {
            float exponent = 2f * i / dim;
            powers[i] = (float) Math.pow((float) base, exponent);
        }
        return powers;
    }

    static float[] inverse(double base, int dim) {
        float[] powers = of(base, dim);
        for (int i = 0; i < powers.length; i++) {
            powers[i] = 1 / powers[i];
        }
        return powers;
    }
}
