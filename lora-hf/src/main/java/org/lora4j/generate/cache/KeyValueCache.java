/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.generate.cache;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.lora4j.hf.decoder.AttentionMemory;
import org.lora4j.torch.AttentionShape;
import org.lora4j.torch.CachedAttention;
import org.lora4j.torch.Sequences;

/**
 * The keys and values of the tokens that a model has read, so that the next token costs one row and
 * not the whole text again.
 *
 * <p>The first pass reads prompts of any lengths; each pass after it reads one token of every
 * sequence. A layer keeps 2 S groups T d numbers in the dtype of the model, T the longest sequence,
 * or a little more than its sliding window; arrays grow by half, so n tokens are copied O(n) times
 * in all. Sequences end in the same column, so that a step writes one column however long they are.
 *
 * <p>Keys are kept as they were turned when they were read, as transformers keeps them. Not
 * thread-safe: it belongs to one generation. Closing frees the arrays.
 */
public final class KeyValueCache implements AttentionMemory, AutoCloseable {
    private final NDManager manager;
    private final List<LayerMemory> layers = new ArrayList<>();
    private final Map<LayerMemory.Span, CachedAttention.Place> places = new HashMap<>();
    private NDManager step;

    /** The column in which each sequence begins. */
    private long[] starts = {};

    /**
     * Creates an empty cache.
     *
     * @param parent what frees the arrays if this is not closed
     */
    public KeyValueCache(NDManager parent) {
        manager = parent.newSubManager();
        step = manager.newSubManager();
    }

    /**
     * {@inheritDoc}
     *
     * @throws IllegalStateException if a pass after the first has not one token of every sequence
     */
    @Override
    public NDArray attend(int layer, Made made, NDArray lengths, AttentionShape shape) {
        if (layer == layers.size()) {
            return attendPrompts(made, lengths, shape);
        }
        CachedAttention.Place place = next(layer, made.query(), lengths, shape);
        NDList kept = layers.get(layer).kept();
        return CachedAttention.attend(made.query(), made.key(), made.value(), kept, place, shape);
    }

    @Override
    public NDArray turnAndAttend(int layer, Made made, NDList state, AttentionShape shape) {
        if (layer == layers.size()) {
            return AttentionMemory.super.turnAndAttend(layer, made, state, shape);
        }
        CachedAttention.Place place = next(layer, made.query(), state.get(1), shape);
        NDList kept = layers.get(layer).kept();
        NDArray cos = state.get(2);
        NDArray sin = state.get(3);
        return CachedAttention.turnAndAttend(
                made.query(), made.key(), made.value(), cos, sin, kept, place, shape);
    }

    /** Makes room for a token of every sequence. */
    private CachedAttention.Place next(
            int layer, NDArray query, NDArray lengths, AttentionShape shape) {
        long rows = query.getShape().get(0);
        if (rows != starts.length || lengths.size() != rows) {
            throw new IllegalStateException(
                    ("%s new tokens of %s sequences; expected one token of each of the %s that are"
                                    + " remembered")
                            .formatted(rows, lengths.size(), starts.length));
        }
        if (layer == 0) {
            beginStep();
        }
        LayerMemory.Span span = layers.get(layer).next(shape.window());
        return places.computeIfAbsent(span, at -> place(at, query));
    }

    private NDArray attendPrompts(Made made, NDArray lengths, AttentionShape shape) {
        long[] counts = lengths.toLongArray();
        int longest = Math.toIntExact(Arrays.stream(counts).max().orElseThrow());
        if (layers.isEmpty()) {
            starts = Arrays.stream(counts).map(n -> longest - n).toArray();
        }
        layers.add(LayerMemory.of(manager, made.key(), made.value(), lengths, longest, shape));
        return Sequences.causalAttention(made.query(), made.key(), made.value(), lengths, shape);
    }

    /** Frees what the layers of the last step shared. */
    private void beginStep() {
        places.clear();
        step.close();
        step = manager.newSubManager();
    }

    private CachedAttention.Place place(LayerMemory.Span span, NDArray like) {
        int before = span.dropped() + span.first();
        long[] hidden = Arrays.stream(starts).map(start -> start - before).toArray();
        return CachedAttention.place(step, like, span.at(), span.first(), hidden);
    }

    /**
     * Forgets all sequences but some.
     *
     * @param which the indices of those that stay, in the order that they are to have
     */
    public void keep(int... which) {
        long[] indices = Arrays.stream(which).asLongStream().toArray();
        try (NDArray array = manager.create(indices)) {
            layers.forEach(layer -> layer.take(array));
        }
        starts = Arrays.stream(which).mapToLong(i -> starts[i]).toArray();
    }

    /** Returns the number of sequences. */
    public int size() {
        return starts.length;
    }

    /** Returns how much memory the keys and values take. */
    long bytes() {
        return layers.stream().mapToLong(LayerMemory::bytes).sum();
    }

    @Override
    public void close() {
        manager.close();
    }
}
