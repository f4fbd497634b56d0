/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.generate.score;

import java.util.List;

/**
 * The tokens of a prompt and of the text so far, for one choice of the next token.
 *
 * @param tokens the ids, and places without meaning after count of them; not copied
 * @param count how many there are
 * @param prompt how many of them are the prompt's
 */
@SuppressWarnings("ArrayRecordComponent") // for one call
public record TextSoFar(int[] tokens, int count, int prompt) {
    int token(int index) {
        return tokens[index];
    }

    /** Whether the last tokens are these; true for none. */
    boolean endsWith(List<Integer> ids) {
        int start = count - ids.size();
        if (start < 0) {
            return false;
        }
        for (int i = 0; i < ids.size(); i++) {
            if (tokens[start + i] != ids.get(i)) {
                return false;
            }
        }
        return true;
    }
}
