/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.text.sample;

import java.util.Arrays;
import java.util.List;
import org.lora4j.text.TextTokenizer;
import org.lora4j.text.batch.LossOn;
import org.lora4j.text.batch.SampleTokens;

/**
 * A text that is learnt whole: the tokenizer's special tokens, the text and the end token.
 *
 * @param line the line of the file, 0 where there is none
 * @param text the text
 */
public record PlainText(int line, String text) implements TrainingSample {
    @Override
    public List<SampleTokens> tokens(TextTokenizer tokenizer, LossOn lossOn) {
        int[] ids = tokenizer.encodeToEnd(text);
        boolean[] learnt = new boolean[ids.length];
        Arrays.fill(learnt, true);
        return List.of(new SampleTokens(ids, learnt, false, tokenizer.endOf(ids)));
    }
}
