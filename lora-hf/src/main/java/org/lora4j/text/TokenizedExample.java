/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.text;

/**
 * A text as the model sees it, special tokens included; not yet padded. The arrays are handed out
 * without a copy: nobody writes to them.
 *
 * @param index the position of the example in its dataset
 * @param ids token ids [length]
 * @param typeIds the segment of each token: 0, or 1 for the second text where the template says so
 *     [length]
 * @param truncated how many tokens of the text were cut off, 0 when it is whole
 */
@SuppressWarnings("ArrayRecordComponent") // read once, when the batch is padded
public record TokenizedExample(int index, int[] ids, int[] typeIds, int truncated) {
    /**
     * Takes the arrays as its own.
     *
     * @throws IllegalArgumentException if the arrays differ in length
     */
    public TokenizedExample {
        if (ids.length != typeIds.length) {
            throw new IllegalArgumentException(
                    "ids has " + ids.length + " tokens, typeIds " + typeIds.length);
        }
    }

    /** Returns the number of tokens, special ones included. */
    public int length() {
        return ids.length;
    }
}
