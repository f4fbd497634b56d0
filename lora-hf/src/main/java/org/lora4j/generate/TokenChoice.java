/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.generate;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import java.util.Arrays;
import java.util.List;
import org.lora4j.generate.cache.TokenSequence;
import org.lora4j.torch.Sequences;

/** Chooses the next token of each text of a batch; the best ones without leaving the device. */
final class TokenChoice {
    private final Sampler sampler;
    private final boolean best;

    TokenChoice(GenerationSettings settings) {
        sampler = new Sampler(settings);
        best = settings.takesTheBest();
    }

    /**
     * Chooses.
     *
     * @param logits [S, V]
     * @param texts the S texts
     * @throws IllegalStateException if the scores of a text are not numbers
     */
    int[] of(NDArray logits, List<GrowingText> texts) {
        return best ? best(logits) : sampled(logits, texts);
    }

    private int[] best(NDArray logits) {
        try (NDList best = Sequences.best(logits)) {
            float[] scores = best.get(0).toFloatArray();
            for (int row = 0; row < scores.length; row++) {
                if (!Float.isFinite(scores[row])) {
                    Sampler.best(row(logits.toFloatArray(), row, scores.length)); // says why
                }
            }
            return Arrays.stream(best.get(1).toLongArray()).mapToInt(Math::toIntExact).toArray();
        }
    }

    private int[] sampled(NDArray logits, List<GrowingText> texts) {
        float[] scores = logits.toFloatArray();
        int[] ids = new int[texts.size()];
        for (int i = 0; i < ids.length; i++) {
            GrowingText text = texts.get(i);
            TokenSequence tokens = text.tokens();
            float[] own = row(scores, i, ids.length);
            ids[i] =
                    sampler.next(
                            own, tokens.ids(), tokens.count(), text.index(), tokens.generated());
        }
        return ids;
    }

    private static float[] row(float[] scores, int row, int rows) {
        int words = scores.length / rows;
        return Arrays.copyOfRange(scores, row * words, (row + 1) * words);
    }
}
