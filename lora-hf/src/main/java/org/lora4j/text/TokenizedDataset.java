/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.text;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;
import org.lora4j.text.tokenizer.Attempt;

/**
 * The tokenized rows of a file, ready to be planned into batches. Immutable and safe for concurrent
 * use.
 */
public final class TokenizedDataset {
    private final List<TokenizedExample> examples;
    private final int[] lengths;
    private final int padId;

    private TokenizedDataset(List<TokenizedExample> examples, int padId) {
        this.examples = List.copyOf(examples);
        this.lengths = examples.stream().mapToInt(TokenizedExample::length).toArray();
        this.padId = padId;
    }

    /**
     * Tokenizes rows.
     *
     * @param rows the rows
     * @param source what errors call the rows, such as a file's name
     * @param tokenizer the tokenizer; it stays the caller's
     * @param maxLength the most tokens of a row, special tokens included
     * @param padId the id at padded positions
     * @return the dataset, in the order of the rows
     * @throws IllegalArgumentException if maxLength leaves no room beside the special tokens; if a
     *     row cannot be tokenized, which names the source and the line
     */
    public static TokenizedDataset of(
            List<TextExample> rows,
            String source,
            TextTokenizer tokenizer,
            int maxLength,
            int padId) {
        int[] positions = IntStream.range(0, rows.size()).toArray();
        return of(rows, positions, source, tokenizer, maxLength, padId);
    }

    /** Tokenizes rows of a larger data set, in which they stand at some positions. */
    public static TokenizedDataset of(
            List<TextExample> rows,
            int[] positions,
            String source,
            TextTokenizer tokenizer,
            int maxLength,
            int padId) {
        List<Attempt<TokenizedExample>> attempts =
                Attempt.all(
                        rows.size(),
                        i -> {
                            TextExample row = rows.get(i);
                            return tokenizer.encode(
                                    positions[i], row.text(), row.pair(), maxLength);
                        });
        List<TokenizedExample> examples = new ArrayList<>(rows.size());
        for (int i = 0; i < rows.size(); i++) {
            TextExample row = rows.get(i);
            try {
                examples.add(attempts.get(i).get());
            } catch (IllegalArgumentException e) {
                if (maxLength <= tokenizer.specialTokens(row.pair() != null)) {
                    throw e; // no row would fit
                }
                throw new IllegalArgumentException(
                        source + ", line " + row.line() + ": " + e.getMessage(), e);
            }
        }
        return new TokenizedDataset(examples, padId);
    }

    /** Returns the number of rows. */
    public int size() {
        return examples.size();
    }

    /**
     * The tokens of each row.
     *
     * @return a new array, [size]
     */
    public int[] lengths() {
        return lengths.clone();
    }

    /**
     * How many rows were cut to the longest length allowed.
     *
     * @return a count in [0, size]
     */
    public int truncated() {
        return (int) examples.stream().filter(e -> e.truncated() > 0).count();
    }

    /**
     * A row.
     *
     * @param index its position
     * @return its tokens
     */
    public TokenizedExample get(int index) {
        return examples.get(index);
    }

    /**
     * Pads some rows into a batch.
     *
     * @param indices their positions, at least one
     * @return the batch, rows in the order of indices
     * @throws IllegalArgumentException if indices is empty
     * @throws IndexOutOfBoundsException if a position is not in the dataset
     */
    public PaddedBatch batch(int[] indices) {
        return PaddedBatch.of(Arrays.stream(indices).mapToObj(examples::get).toList(), padId);
    }
}
