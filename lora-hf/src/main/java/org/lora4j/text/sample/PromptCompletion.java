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
import org.lora4j.text.tokenizer.UnicodeText;

/**
 * A prompt and what the model should write after it. The two are joined as they are, without a
 * space, and tokenized at once with the tokenizer's special tokens; the end token follows the
 * completion. The completion begins at the first token in which the whole differs from the prompt
 * tokenized alone. All that is what TRL's SFTTrainer (1.16) does with the columns {@code prompt}
 * and {@code completion}.
 *
 * <p>Where a token joins the prompt's last characters with the completion's first, as where a
 * prompt ends in a space, that token belongs to the completion: it is learnt, and the sample is
 * {@link SampleTokens#straddled}, since generation from the same prompt starts from other tokens.
 *
 * @param line the line of the file, 0 where there is none
 * @param prompt what is given
 * @param completion what is to be written
 */
public record PromptCompletion(int line, String prompt, String completion)
        implements TrainingSample {
    @Override
    public List<SampleTokens> tokens(TextTokenizer tokenizer, LossOn lossOn) {
        // Made well-formed apart, lest halves of a surrogate pair meet at the boundary.
        String start = UnicodeText.wellFormed(prompt);
        int[] ids = tokenizer.encodeToEnd(start + UnicodeText.wellFormed(completion));
        int[] given = tokenizer.encodeOpen(start);
        int differ = Arrays.mismatch(given, ids);
        int first = differ < 0 ? ids.length : differ;
        boolean[] learnt = new boolean[ids.length];
        Arrays.fill(learnt, lossOn == LossOn.ALL ? 0 : first, ids.length, true);
        return List.of(new SampleTokens(ids, learnt, first < given.length, tokenizer.endOf(ids)));
    }
}
