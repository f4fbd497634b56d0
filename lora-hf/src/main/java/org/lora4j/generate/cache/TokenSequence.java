/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.generate.cache;

import java.util.Arrays;
import java.util.List;

/** A prompt's tokens, and those that follow. */
public final class TokenSequence {
    private final int prompt;
    private int[] ids;
    private int count;

    public TokenSequence(int[] prompt) {
        this.prompt = prompt.length;
        ids = Arrays.copyOf(prompt, prompt.length + 64);
        count = prompt.length;
    }

    public void add(int id) {
        if (count == ids.length) {
            ids = Arrays.copyOf(ids, 2 * count);
        }
        ids[count++] = id;
    }

    /** Returns all tokens, and places without meaning after {@link #count} of them. */
    public int[] ids() {
        return ids;
    }

    public int count() {
        return count;
    }

    /** Returns the prompt's length. */
    public int prompt() {
        return prompt;
    }

    public int generated() {
        return count - prompt;
    }

    public List<Integer> promptIds() {
        return Arrays.stream(ids, 0, prompt).boxed().toList();
    }

    public List<Integer> generatedIds() {
        return Arrays.stream(ids, prompt, count).boxed().toList();
    }
}
