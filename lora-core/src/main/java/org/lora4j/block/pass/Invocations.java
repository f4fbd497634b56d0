/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.block.pass;

import java.util.List;
import java.util.function.IntToLongFunction;

/** Finds invocations in the ids of texts. */
public final class Invocations {
    private Invocations() {}

    /**
     * Returns where the last occurrence of a sequence in a text begins, as PEFT's
     * calculate_alora_offsets finds it.
     *
     * @param invocation the sequence, not empty
     * @param tokens the length of the text
     * @param ids the id of each of its tokens
     * @return the place, or {@link RowLayout.Starts#NEVER}
     */
    public static long last(List<Integer> invocation, long tokens, IntToLongFunction ids) {
        int length = invocation.size();
        for (int start = Math.toIntExact(tokens) - length; start >= 0; start--) {
            int matched = 0;
            while (matched < length
                    && ids.applyAsLong(start + matched) == invocation.get(matched)) {
                matched++;
            }
            if (matched == length) {
                return start;
            }
        }
        return RowLayout.Starts.NEVER;
    }
}
