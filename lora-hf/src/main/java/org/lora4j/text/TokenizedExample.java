/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.text;

/**
 * A text as the model sees it, special tokens included; not yet padded. The arrays are handed out
 * without a copy: nobody writes to them.
 */
public final class TokenizedExample {
    private final int index;
    private final int[] ids;
    private final int[] typeIds;
    private final int truncated;

    /**
     * Makes an example; the arrays become its own.
     *
     * @param index the position of the example in its dataset
     * @param ids token ids
     * @param typeIds the segment of each token, as long as ids
     * @param truncated how many tokens of the text were cut off, 0 when it is whole
     * @throws IllegalArgumentException if the arrays differ in length
     */
    public TokenizedExample(int index, int[] ids, int[] typeIds, int truncated) {
        if (ids.length != typeIds.length) {
            throw new IllegalArgumentException(
                    "ids has " + ids.length + " tokens, typeIds " + typeIds.length);
        }
        this.index = index;
        this.ids = ids;
        this.typeIds = typeIds;
        this.truncated = truncated;
    }

    /**
     * The position of the example in its dataset.
     *
     * @return an index from 0
     */
    public int index() {
        return index;
    }

    /**
     * Token ids.
     *
     * @return [length]
     */
    public int[] ids() {
        return ids;
    }

    /**
     * The segment of each token: 0, or 1 for the second text where the template says so.
     *
     * @return [length]
     */
    public int[] typeIds() {
        return typeIds;
    }

    /**
     * How many tokens of the text were cut off.
     *
     * @return 0 when the text is whole
     */
    public int truncated() {
        return truncated;
    }

    /**
     * The number of tokens.
     *
     * @return tokens, special ones included
     */
    public int length() {
        return ids.length;
    }
}
