/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.examples;

import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import ai.djl.translate.NoBatchifyTranslator;
import ai.djl.translate.TranslatorContext;
import java.util.Arrays;
import org.lora4j.text.TextTokenizer;
import org.lora4j.text.TokenizedExample;

/**
 * A text to the logits of a classifier, for a DJL Predictor.
 *
 * <p>Safe to use from several threads, as the tokenizer is.
 *
 * @param tokenizer the model's tokenizer; it stays the caller's
 * @param maxLength the most tokens; longer texts are cut
 */
public record TextTranslator(TextTokenizer tokenizer, int maxLength)
        implements NoBatchifyTranslator<String, float[]> {
    @Override
    public NDList processInput(TranslatorContext context, String text) {
        TokenizedExample tokens = tokenizer.encode(text, null, maxLength);
        NDManager manager = context.getNDManager();
        Shape shape = new Shape(1, tokens.length());
        long[] mask = new long[tokens.length()];
        Arrays.fill(mask, 1);
        return new NDList(
                manager.create(longs(tokens.ids()), shape),
                manager.create(mask, shape),
                manager.create(longs(tokens.typeIds()), shape));
    }

    @Override
    public float[] processOutput(TranslatorContext context, NDList list) {
        return list.singletonOrThrow().toFloatArray();
    }

    private static long[] longs(int[] values) {
        return Arrays.stream(values).asLongStream().toArray();
    }
}
