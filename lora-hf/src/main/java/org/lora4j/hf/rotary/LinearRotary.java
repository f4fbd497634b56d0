/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.hf.rotary;

import java.io.IOException;

/**
 * f[i] = θ^(-2i/d) / factor: positions are divided by the factor; 1 is the original form.
 *
 * @param base θ
 * @param dim d
 * @param factor by how much positions are divided
 */
record LinearRotary(double base, int dim, double factor) implements RotaryFrequencies {
    static LinearRotary of(RopeSettings settings) throws IOException {
        return new LinearRotary(settings.base(), settings.dim(), settings.factor());
    }

    @Override
    public float[] inverse(int length) {
        float[] inverse = RotaryPowers.inverse(base, dim);
        for (int i = 0; i < inverse.length; i++) {
            inverse[i] /= (float) factor;
        }
        return inverse;
    }
}
