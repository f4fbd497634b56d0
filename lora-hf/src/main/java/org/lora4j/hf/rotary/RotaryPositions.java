/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.hf.rotary;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import org.lora4j.torch.Torch;

/**
 * The cosines and sines by which queries and keys are turned to their positions. Where frequencies
 * depend on the length, each sequence has those of its own.
 */
public final class RotaryPositions {
    private final RotaryFrequencies frequencies;

    public RotaryPositions(RotaryFrequencies frequencies) {
        this.frequencies = frequencies;
    }

    public RotaryFrequencies frequencies() {
        return frequencies;
    }

    /**
     * Computes the rows of tokens.
     *
     * @param positions int64 [N]
     * @param lengths the tokens of each sequence, int64 [S]
     * @param like what they are multiplied with: its manager, device and dtype are theirs
     * @return cosines and sines [N, r], the two halves of a row alike
     */
    public NDList rows(NDArray positions, NDArray lengths, NDArray like) {
        long[] places = positions.toLongArray();
        int channels = frequencies.channels();
        float[] cos = new float[places.length * channels];
        float[] sin = new float[places.length * channels];
        int row = 0;
        for (long length : lengths.toLongArray()) {
            int last = (int) (row + length) - 1;
            fill(cos, sin, places, row, last, frequencies.inverse((int) places[last] + 1));
            row = last + 1;
        }
        Shape shape = new Shape(places.length, channels);
        return new NDList(array(cos, shape, like), array(sin, shape, like));
    }

    /** Angles in float32 as transformers forms them, so that long positions round alike. */
    private void fill(
            float[] cos, float[] sin, long[] places, int first, int last, float[] inverse) {
        double factor = frequencies.attentionFactor();
        int half = inverse.length;
        for (int row = first; row <= last; row++) {
            int at = row * 2 * half;
            for (int i = 0; i < half; i++) {
                float angle = inverse[i] * places[row];
                float c = (float) (Math.cos(angle) * factor);
                float s = (float) (Math.sin(angle) * factor);
                cos[at + i] = c;
                cos[at + half + i] = c;
                sin[at + i] = s;
                sin[at + half + i] = s;
            }
        }
    }

    private static NDArray array(float[] values, Shape shape, NDArray like) {
        NDManager manager = like.getManager();
        try (NDArray java = manager.create(values, shape);
                NDArray copy = Torch.copy(java)) { // the gradients read it: see Torch.copy
            return Torch.toTypeOf(copy, like);
        }
    }
}
