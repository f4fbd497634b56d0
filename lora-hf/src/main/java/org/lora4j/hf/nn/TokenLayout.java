/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.hf.nn;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/**
 * How the tokens of a batch of B texts lie in memory while a model runs: one after another, without
 * padding, N together.
 *
 * <p>Linear layers, norms and dropouts then work for tokens alone. Only attention needs a
 * rectangle: there, texts of like lengths form groups [b, t], each padded to its longest text. The
 * texts are laid out in the order of the groups, longest first; results are put back with {@link
 * TokenRows#inOrderOfTexts}.
 *
 * <p>A text's tokens end with the last one that the attention mask admits; one before that which it
 * does not admit is computed, as by transformers, and hidden from the others.
 */
public final class TokenLayout {
    /** A group's shortest text has at least this share of the tokens of its longest. */
    private static final double LIKE = 0.7;

    private final int columns;
    private final long[] attentionMask;
    private final int @Nullable [][] sources;
    private final int[] order;
    private final int[] lengths;
    private final int[] groups;

    /**
     * Lays out texts.
     *
     * @param attentionMask [B, T]: 1 at tokens, 0 elsewhere
     * @param texts B, at least 1
     * @throws IllegalArgumentException if there is no text, or the mask is not of B rows
     */
    public TokenLayout(long[] attentionMask, int texts) {
        this(attentionMask, texts, null);
    }

    private TokenLayout(TokenLayout all, int[] order) {
        attentionMask = all.attentionMask;
        sources = all.sources;
        columns = all.columns;
        groups = all.groups;
        this.order = order;
        int[] ends = new int[order.length];
        for (int i = 0; i < ends.length; i++) {
            ends[all.order[i]] = all.lengths[i];
        }
        lengths = Arrays.stream(order).map(text -> ends[text]).toArray();
    }

    private TokenLayout(long[] attentionMask, int texts, int @Nullable [][] sources) {
        this.sources = sources;
        if (texts < 1 || attentionMask.length == 0 || attentionMask.length % texts != 0) {
            throw new IllegalArgumentException(
                    "an attention mask of %s positions for %s texts; expected one text at least, and as many positions for each"
                            .formatted(attentionMask.length, texts));
        }
        this.attentionMask = attentionMask.clone();
        columns = attentionMask.length / texts;
        int[] ends = new int[texts];
        Arrays.setAll(ends, this::end);
        order =
                IntStream.range(0, texts)
                        .boxed()
                        .sorted(Comparator.comparingInt((Integer text) -> -ends[text]))
                        .mapToInt(Integer::intValue)
                        .toArray();
        lengths = Arrays.stream(order).map(text -> ends[text]).toArray();
        groups = groups(lengths);
    }

    /**
     * Lays out the tokens that an attention mask admits, and no others: those of a text follow one
     * another, whatever lies between them. A text without any has its first position.
     *
     * @param attentionMask [B, T]: 1 at tokens, 0 elsewhere
     * @param texts B, at least 1
     * @throws IllegalArgumentException if there is no text, or the mask is not of B rows
     */
    public static TokenLayout ofAdmitted(long[] attentionMask, int texts) {
        int columns = texts < 1 ? 0 : attentionMask.length / texts;
        long[] moved = new long[attentionMask.length];
        int[][] sources = new int[Math.max(0, texts)][];
        for (int text = 0; text < texts; text++) {
            int row = text * columns;
            int[] own =
                    IntStream.range(0, columns)
                            .filter(column -> attentionMask[row + column] != 0)
                            .toArray();
            sources[text] = own.length == 0 ? new int[1] : own;
            Arrays.fill(moved, row, row + Math.min(columns, sources[text].length), 1);
        }
        return new TokenLayout(moved, texts, sources);
    }

    /**
     * Lays out texts of one length.
     *
     * @param texts B, at least 1
     * @param columns the tokens of each, at least 1
     */
    public static TokenLayout full(int texts, int columns) {
        long[] mask = new long[Math.multiplyExact(texts, columns)];
        Arrays.fill(mask, 1);
        return new TokenLayout(mask, texts);
    }

    /**
     * Returns a layout with the same groups, in each of which texts follow another order.
     *
     * @param texts the order of all texts of the batch [B]
     */
    public TokenLayout inOrder(int[] texts) {
        int[] rank = new int[texts.length];
        for (int i = 0; i < texts.length; i++) {
            rank[texts[i]] = i;
        }
        int[] moved = new int[order.length];
        int from = 0;
        for (int size : groups) {
            int[] own =
                    Arrays.stream(order, from, from + size)
                            .boxed()
                            .sorted(Comparator.comparingInt(text -> rank[text]))
                            .mapToInt(Integer::intValue)
                            .toArray();
            System.arraycopy(own, 0, moved, from, size);
            from += size;
        }
        return new TokenLayout(this, moved);
    }

    /**
     * Returns the row of each token of another layout of the same texts in this one.
     *
     * @return [N]
     */
    public long[] rowsOf(TokenLayout other) {
        long[] firsts = firsts();
        long[] inverse = inverse();
        long[] rows = new long[other.tokens()];
        int row = 0;
        for (int i = 0; i < other.order.length; i++) {
            long first = firsts[(int) inverse[other.order[i]]];
            for (int token = 0; token < other.lengths[i]; token++) {
                rows[row++] = first + token;
            }
        }
        return rows;
    }

    private int end(int text) {
        for (int column = columns - 1; column >= 0; column--) {
            if (isToken(text, column)) {
                return column + 1;
            }
        }
        return columns; // all hidden alike, so all positions weigh alike
    }

    private boolean isToken(int text, int column) {
        return attentionMask[text * columns + column] != 0;
    }

    /** Returns the number of texts in each group. */
    private static int[] groups(int[] lengths) {
        List<Integer> sizes = new ArrayList<>();
        int from = 0;
        for (int i = 1; i <= lengths.length; i++) {
            if (i == lengths.length || lengths[i] < LIKE * lengths[from]) {
                sizes.add(i - from);
                from = i;
            }
        }
        return sizes.stream().mapToInt(Integer::intValue).toArray();
    }

    /**
     * Returns which text of the batch each laid out one is.
     *
     * @return [B]
     */
    public int[] order() {
        return order.clone();
    }

    /**
     * Returns the tokens of each text, in the order in which they are laid out.
     *
     * @return [B]
     */
    public int[] lengths() {
        return lengths.clone();
    }

    /** Returns the number of texts in each group, in the order in which they are laid out. */
    public int[] groups() {
        return groups.clone();
    }

    /** Returns the number of tokens N. */
    public int tokens() {
        return Arrays.stream(lengths).sum();
    }

    /**
     * Returns where in [B, T] each token is.
     *
     * @param manager who owns the result
     * @return int64 [N]
     */
    public NDArray places(NDManager manager) {
        long[] places = new long[tokens()];
        int token = 0;
        for (int i = 0; i < order.length; i++) {
            for (int column = 0; column < lengths[i]; column++) {
                int source = sources == null ? column : sources[order[i]][column];
                places[token++] = (long) order[i] * columns + source;
            }
        }
        return manager.create(places);
    }

    /**
     * Returns what follows the hidden states in the inputs of a layer, to be read by {@link
     * TokenRows}.
     *
     * @param manager who owns the arrays
     */
    public NDList arrays(NDManager manager) {
        NDList arrays = new NDList(manager.create(firsts()), manager.create(inverse()));
        arrays.add(manager.create(isPadded() ? starts() : new long[1]));
        if (isPadded()) {
            arrays.add(manager.create(padded()));
            int entry = 0;
            for (int size : groups) {
                arrays.add(mask(manager, entry, size));
                entry += size;
            }
        }
        return arrays;
    }

    /** Returns the row of each text's first token. */
    private long[] firsts() {
        long[] firsts = new long[lengths.length];
        for (int i = 1; i < firsts.length; i++) {
            firsts[i] = firsts[i - 1] + lengths[i - 1];
        }
        return firsts;
    }

    /** Returns where each text of the batch was laid out: the inverse of the order. */
    private long[] inverse() {
        long[] inverse = new long[order.length];
        for (int i = 0; i < order.length; i++) {
            inverse[order[i]] = i;
        }
        return inverse;
    }

    /** Returns the first text of each group, and the number of texts. */
    private long[] starts() {
        long[] starts = new long[groups.length + 1];
        for (int i = 0; i < groups.length; i++) {
            starts[i + 1] = starts[i] + groups[i];
        }
        return starts;
    }

    private boolean isPadded() {
        return Arrays.stream(attentionMask).anyMatch(token -> token == 0);
    }

    /** Returns the row of each token among those of the padded groups. */
    private long[] padded() {
        long[] rows = new long[tokens()];
        int token = 0;
        int entry = 0;
        long row = 0;
        for (int size : groups) {
            int width = width(entry, size);
            for (int end = entry + size; entry < end; entry++) {
                for (int column = 0; column < lengths[entry]; column++) {
                    rows[token++] = row + column;
                }
                row += width;
            }
        }
        return rows;
    }

    /** Returns the tokens of a group's longest text. */
    private int width(int first, int size) {
        return Arrays.stream(lengths, first, first + size).max().orElse(0);
    }

    /** Returns 0 at a group's tokens and the lowest number elsewhere: [b, 1, 1, t]. */
    private NDArray mask(NDManager manager, int first, int size) {
        int width = width(first, size);
        float[] mask = new float[size * width];
        for (int i = 0; i < size; i++) {
            for (int column = 0; column < width; column++) {
                boolean hidden = column >= lengths[first + i] || !isToken(order[first + i], column);
                mask[i * width + column] = hidden ? -Float.MAX_VALUE : 0;
            }
        }
        return manager.create(mask, new Shape(size, 1, 1, width));
    }
}
