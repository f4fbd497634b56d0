/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.text;

import java.util.Arrays;

/**
 * A prompt and what the model should write after it. The two are joined as they are, without a
 * space, and tokenized at once with the tokenizer's special tokens; the end token follows the
 * completion. That is how TRL's SFTTrainer reads the columns {@code prompt} and {@code completion}.
 *
 * <p>The completion begins where the tokens of the prompt alone end, if they are a prefix of those
 * of the whole. Elsewhere, as where a token joins the prompt's last character with the completion's
 * first, it begins with the first token that starts in it: a token across the boundary is not
 * learnt, since at inference the prompt is tokenized by itself.
 *
 * @param line the line of the file, 0 where there is none
 * @param prompt what is given
 * @param completion what is to be written
 */
public record PromptCompletion(int line, String prompt, String completion)
        implements TrainingSample {
    @Override
    public SampleTokens tokens(TextTokenizer tokenizer, LossOn lossOn) {
        // Each by itself, lest halves of a surrogate pair meet and the boundary move.
        String start = TextTokenizer.wellFormed(prompt);
        EncodedText whole = tokenizer.encodeToEnd(start + TextTokenizer.wellFormed(completion));
        boolean[] learnt = new boolean[whole.ids().length];
        if (lossOn == LossOn.ALL) {
            Arrays.fill(learnt, true);
            return new SampleTokens(whole.ids(), learnt, false);
        }
        int[] given = tokenizer.encodeOpen(start);
        if (isPrefix(given, whole.ids())) {
            Arrays.fill(learnt, given.length, learnt.length, true);
            return new SampleTokens(whole.ids(), learnt, false);
        }
        int boundary = EncodedText.codePoints(start);
        boolean straddled = false;
        for (int i = 0; i < learnt.length; i++) {
            learnt[i] = whole.start(i) >= boundary;
            straddled |= !learnt[i] && whole.end(i) > boundary;
        }
        return new SampleTokens(whole.ids(), learnt, straddled);
    }

    private static boolean isPrefix(int[] prefix, int[] ids) {
        return prefix.length <= ids.length
                && Arrays.equals(prefix, 0, prefix.length, ids, 0, prefix.length);
    }
}
