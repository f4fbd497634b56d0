/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.hf.model;

import org.lora4j.block.random.CounterRandom;

/**
 * Numbers of weights that are new, drawn from N(0, deviation²): the same for the same seed and
 * path, whatever else is drawn.
 *
 * @param seed the model's seed
 * @param deviation the standard deviation
 */
record InitialWeights(long seed, double deviation) {
    /** Returns the numbers of a layer's weight. */
    float[] draw(String path, int count) {
        float[] values = new float[count];
        long key = CounterRandom.derive(CounterRandom.derive(seed, path), "weight");
        for (int i = 0; i < count; i++) {
            values[i] = (float) (deviation * CounterRandom.gaussian(key, i));
        }
        return values;
    }
}
