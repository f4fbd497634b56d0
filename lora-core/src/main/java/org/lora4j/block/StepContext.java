/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.block;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import java.nio.ByteBuffer;

/**
 * The step of a training as the blocks of one tree see it; what dropout is counted by.
 *
 * <p>A mask depends on (seed, step, sample, position in the sample, module path, channel) alone: a
 * run repeats bit for bit, a resumed run equals one that was never stopped, and batching does not
 * matter. A trainer calls {@link #begin} before a step and {@link #rows(long[])} or {@link
 * #rows(long[], int[])} before each forward pass. Where nobody does, as in DJL's own Trainer, masks
 * are counted by call.
 *
 * <p>Masks of a step that a trainer began live in memory that the next {@link #begin} uses again,
 * so a backward pass comes before it. Not thread-safe: it belongs to the thread that trains the
 * tree.
 */
public final class StepContext {
    private final long seed;
    private final MaskArena arena = new MaskArena();
    private boolean driven;
    private long stepKey;
    private BatchRows rows = BatchRows.UNKNOWN;
    private long calls;

    /**
     * Creates a context that no trainer drives yet.
     *
     * @param seed the seed of masks that are counted by call
     */
    public StepContext(long seed) {
        this.seed = seed;
    }

    /**
     * Begins a step; masks of the step before are no longer valid. A trainer that accumulates
     * gradients may begin the same step again before each part, since a mask does not depend on it.
     *
     * @param seed the run's seed
     * @param step the step's number
     */
    public void begin(long seed, long step) {
        driven = true;
        stepKey = CounterRandom.derive(CounterRandom.derive(seed, "dropout"), step);
        arena.reset();
    }

    /**
     * Says which sample each entry of the batch is: activations are [B, .., C] or have B times as
     * many rows.
     *
     * @param samples the samples' numbers in the data set, one for each entry of the batch
     */
    public void rows(long[] samples) {
        rows = BatchRows.padded(samples);
    }

    /**
     * Says which samples lie one after another in a packed batch: activations have Σ lengths rows,
     * or one for each sample where they were reduced to that.
     *
     * @param samples the samples' numbers in the data set
     * @param lengths how many rows each of them has
     * @throws IllegalArgumentException if there are not as many lengths as samples, or one is
     *     negative
     */
    public void rows(long[] samples, int[] lengths) {
        rows = BatchRows.packed(samples, lengths);
    }

    /**
     * Says which token each row is, where rows were picked from a packed batch.
     *
     * @param samples the number in the data set of each row's sample
     * @param positions the place of each row in its sample
     * @throws IllegalArgumentException if there are not as many of both
     */
    public void tokens(long[] samples, long[] positions) {
        rows = BatchRows.tokens(samples, positions);
    }

    /** Ends the run of steps and frees the masks' memory; masks are counted by call again. */
    public void end() {
        driven = false;
        rows = BatchRows.UNKNOWN;
        arena.free();
    }

    /**
     * Draws the mask of an activation.
     *
     * @param x [B, .., C] where entry b of the first dimension belongs to sample b, or packed
     * @param p the probability of 0, in (0, 1)
     * @param pathKey the layer's {@link #pathKey}
     * @return a float32 mask shaped as x, of 0 and 1/(1-p); it belongs to x's manager
     * @throws IllegalArgumentException if the mask would take 2 GiB or more
     */
    public NDArray mask(NDArray x, double p, long pathKey) {
        Shape shape = x.getShape();
        int dimensions = shape.dimension();
        long channels = dimensions == 0 ? 1 : shape.get(dimensions - 1);
        long count = channels == 0 ? 0 : shape.size() / channels;
        int bytes = bytes(shape);
        int batch = dimensions < 2 ? 1 : (int) shape.get(0);
        long[] keys = new long[(int) count];
        rows.keys(base(pathKey), batch, keys);
        return draw(x.getManager(), shape, keys, bytes, p);
    }

    /**
     * Draws the mask of attention probabilities.
     *
     * @param manager who owns the mask
     * @param shape [B, heads, T, T]
     * @param p the probability of 0, in (0, 1)
     * @param pathKey the layer's {@link #pathKey}
     * @return a float32 mask of 0 and 1/(1-p)
     * @throws IllegalArgumentException if the mask would take 2 GiB or more
     */
    public NDArray attentionMask(NDManager manager, Shape shape, double p, long pathKey) {
        return attentionMask(manager, shape, p, pathKey, 0, (int) shape.get(0));
    }

    /**
     * Draws the mask of attention probabilities of some entries of a batch that follow one another.
     *
     * @param manager who owns the mask
     * @param shape [b, heads, queries, keys]
     * @param p the probability of 0, in (0, 1)
     * @param pathKey the layer's {@link #pathKey}
     * @param first the place in the batch of the first of the b entries
     * @param batch the entries of the batch
     * @return a float32 mask of 0 and 1/(1-p), the same as if the whole batch's were drawn
     * @throws IllegalArgumentException if the mask would take 2 GiB or more
     */
    public NDArray attentionMask(
            NDManager manager, Shape shape, double p, long pathKey, int first, int batch) {
        int bytes = bytes(shape);
        int entries = (int) shape.get(0);
        int heads = (int) shape.get(1);
        int queries = (int) shape.get(2);
        long base = base(pathKey);
        long[] keys = new long[entries * heads * queries];
        int row = 0;
        for (int entry = first; entry < first + entries; entry++) {
            for (int head = 0; head < heads; head++) {
                long key = rows.sampleKey(CounterRandom.derive(base, head), entry, batch);
                for (int query = 0; query < queries; query++) {
                    keys[row++] = CounterRandom.derive(key, query);
                }
            }
        }
        return draw(manager, shape, keys, bytes, p);
    }

    /**
     * Returns the number by which a layer's masks differ from other layers'.
     *
     * @param path the layer's module path
     */
    public static long pathKey(String path) {
        return CounterRandom.derive(0, path);
    }

    private long base(long pathKey) {
        return driven
                ? CounterRandom.derive(stepKey, pathKey)
                : CounterRandom.derive(CounterRandom.derive(seed, calls++), pathKey);
    }

    private static int bytes(Shape shape) {
        if (shape.size() > Integer.MAX_VALUE / Float.BYTES) {
            throw new IllegalArgumentException(
                    "a dropout mask "
                            + shape
                            + " takes 2 GiB or more; use a smaller batch or shorter inputs");
        }
        return (int) shape.size() * Float.BYTES;
    }

    private NDArray draw(NDManager manager, Shape shape, long[] rowKeys, int bytes, double p) {
        if (!driven) {
            arena.reset();
        }
        ByteBuffer memory = arena.take(bytes);
        int channels = rowKeys.length == 0 ? 0 : bytes / Float.BYTES / rowKeys.length;
        DropoutMask.fill(memory.duplicate(), rowKeys, channels, p);
        NDArray mask = manager.create(memory, shape, DataType.FLOAT32);
        if (driven) {
            return mask;
        }
        // The array reads our memory, and a graph may outlive both: nobody says when a step ends.
        try (mask) {
            return mask.duplicate();
        }
    }
}
