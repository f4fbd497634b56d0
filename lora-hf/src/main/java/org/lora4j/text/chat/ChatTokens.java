/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.text.chat;

import java.util.Arrays;

/**
 * The tokens of a rendered conversation and where in the text each lies, in code points.
 *
 * @param text the text, marks included
 * @param ids token ids
 * @param starts where each token begins
 * @param ends where each token ends, exclusive
 */
@SuppressWarnings("ArrayRecordComponent") // package-private and handed out once
record ChatTokens(String text, int[] ids, int[] starts, int[] ends) {
    /** Which tokens stand for white space alone. */
    boolean[] blank() {
        boolean[] blank = new boolean[ids.length];
        int position = 0;
        int at = 0;
        for (int i = 0; i < ids.length; i++) {
            at = text.offsetByCodePoints(at, starts[i] - position);
            int end = text.offsetByCodePoints(at, ends[i] - starts[i]);
            blank[i] = end > at && text.substring(at, end).isBlank();
            position = starts[i];
        }
        return blank;
    }

    /** Collects tokens. */
    static final class Builder {
        private final String text;
        private int[] ids = new int[64];
        private int[] starts = new int[64];
        private int[] ends = new int[64];
        private int size;

        Builder(String text) {
            this.text = text;
        }

        void add(int id, int start, int end) {
            if (size == ids.length) {
                ids = Arrays.copyOf(ids, 2 * size);
                starts = Arrays.copyOf(starts, 2 * size);
                ends = Arrays.copyOf(ends, 2 * size);
            }
            ids[size] = id;
            starts[size] = start;
            ends[size++] = end;
        }

        int size() {
            return size;
        }

        /** Where the last token ends. */
        int end() {
            return size == 0 ? 0 : ends[size - 1];
        }

        boolean contains(int id, int from) {
            for (int i = from; i < size; i++) {
                if (ids[i] == id) {
                    return true;
                }
            }
            return false;
        }

        ChatTokens build() {
            return new ChatTokens(
                    text,
                    Arrays.copyOf(ids, size),
                    Arrays.copyOf(starts, size),
                    Arrays.copyOf(ends, size));
        }
    }
}
