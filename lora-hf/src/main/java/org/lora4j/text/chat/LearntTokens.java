/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.text.chat;

import java.util.HashSet;
import java.util.Set;
import java.util.function.IntPredicate;
import org.lora4j.jinja.Rendering;
import org.lora4j.text.batch.SampleTokens;

/**
 * Chooses the tokens to be learnt: those inside the assistant's parts, up to the token that ends
 * each message; what a template prints after that one, such as a newline, the model never writes.
 *
 * <p>A token that begins before a part and ends in it is not learnt: at inference the prompt is
 * tokenized by itself, so that the model never writes that token.
 */
final class LearntTokens {
    private final ChatTokens tokens;
    private final AssistantText text;
    private final ChatEncoder encoder;
    private final boolean[] blank;
    private final boolean[] learnt;
    private final Set<Integer> endsOfParts = new HashSet<>();
    private boolean straddled;
    private int next;

    private LearntTokens(ChatTokens tokens, AssistantText text, ChatEncoder encoder) {
        this.tokens = tokens;
        this.text = text;
        this.encoder = encoder;
        this.blank = tokens.blank();
        this.learnt = new boolean[tokens.ids().length];
    }

    static SampleTokens of(ChatTokens tokens, AssistantText text, ChatEncoder encoder) {
        LearntTokens chosen = new LearntTokens(tokens, text, encoder);
        int chars = 0;
        int codePoints = 0;
        for (Rendering.Span span : text.spans()) {
            int start = codePoints + text.text().codePointCount(chars, span.start());
            int end = start + text.text().codePointCount(span.start(), span.end());
            chars = span.end();
            codePoints = end;
            chosen.choose(start, end);
        }
        return new SampleTokens(tokens.ids(), chosen.learnt, chosen.straddled, chosen.endsOfParts);
    }

    /** Chooses the tokens of one part, in code points; parts come in order. */
    private void choose(int start, int end) {
        int first = next;
        while (first < learnt.length && tokens.ends()[first] <= start) {
            first++;
        }
        if (first < learnt.length && tokens.starts()[first] < start && !onlyBlank(first, start)) {
            straddled = true;
            first++;
        }
        int after = first;
        while (after < learnt.length && tokens.ends()[after] <= end) {
            after++;
        }
        if (after < learnt.length && tokens.starts()[after] < end) {
            straddled = true;
        }
        next = first;
        int last = end(first, after);
        endsOfParts.add(tokens.ids()[last]);
        for (int i = first; i <= last; i++) {
            learnt[i] = true;
        }
    }

    /** Whether what a token has before a part is white space that may belong to the part. */
    private boolean onlyBlank(int token, int start) {
        if (text.exactStart()) {
            return false;
        }
        int from = text.text().offsetByCodePoints(0, tokens.starts()[token]);
        int to = text.text().offsetByCodePoints(from, start - tokens.starts()[token]);
        return text.text().substring(from, to).isBlank();
    }

    /** The token that ends the message whose tokens lie in [first, after). */
    private int end(int first, int after) {
        int end = end(first, after, encoder::ends);
        if (end < 0) {
            end = end(first, after, encoder::mayEnd);
        }
        if (end < 0) {
            throw new IllegalArgumentException(
                    "the chat template ends the assistant's message without a special token, so"
                            + " that a model trained on it would never stop; expected one such as"
                            + " the tokenizer's eos_token after the content. Add it to the"
                            + " template");
        }
        return end;
    }

    private int end(int first, int after, IntPredicate ends) {
        // The first such token after the content, among white space.
        int content = after;
        while (content > first && (ends.test(tokens.ids()[content - 1]) || blank[content - 1])) {
            content--;
        }
        for (int i = content; i < learnt.length; i++) {
            if (ends.test(tokens.ids()[i])) {
                return i;
            }
            if (i >= after && !blank[i]) {
                break;
            }
        }
        return -1;
    }
}
