/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.text;

import ai.djl.huggingface.tokenizers.Encoding;
import ai.djl.huggingface.tokenizers.jni.CharSpan;

/**
 * A text's tokens and where in the text each lies, counted in code points; a token that the
 * tokenizer's template inserts lies nowhere before the text, or nowhere after it.
 *
 * @param ids token ids
 * @param starts where each token begins: -1 for one inserted before the text
 * @param ends where each token ends, exclusive: for an inserted one, its start
 */
@SuppressWarnings("ArrayRecordComponent") // package-private and handed out once
record EncodedText(int[] ids, int[] starts, int[] ends) {
    /** The tokens of an encoding, and possibly more, which come after the text. */
    static EncodedText of(int[] ids, Encoding encoding, String text) {
        CharSpan[] spans = encoding.getCharTokenSpans();
        long[] inserted = encoding.getSpecialTokenMask();
        int[] starts = new int[ids.length];
        int[] ends = new int[ids.length];
        int reached = -1;
        int length = codePoints(text);
        for (int i = 0; i < ids.length; i++) {
            boolean own = i < spans.length && inserted[i] == 0;
            if (own && spans[i] != null) {
                starts[i] = spans[i].getStart();
                ends[i] = spans[i].getEnd();
                reached = Math.max(reached, ends[i]);
            } else {
                boolean after = !own && reached >= 0;
                starts[i] = after ? length : reached;
                ends[i] = starts[i];
            }
        }
        return new EncodedText(ids, starts, ends);
    }

    int start(int token) {
        return starts[token];
    }

    int end(int token) {
        return ends[token];
    }

    /** The length of a text as the tokenizer counts it. */
    static int codePoints(String text) {
        return text.codePointCount(0, text.length());
    }
}
