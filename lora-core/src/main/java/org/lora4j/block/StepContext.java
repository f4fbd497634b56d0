/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.block;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import java.util.function.Supplier;
import org.lora4j.block.random.BatchRows;
import org.lora4j.block.random.CounterRandom;
import org.lora4j.block.random.MaskDrawing;
import org.lora4j.block.random.MaskStaging;

/**
 * The current step of a training, from which the dropout masks of one tree are drawn.
 *
 * <p>A mask depends on (seed, step, sample, position in the sample, module path, channel) alone: a
 * run repeats bit for bit, a resumed run equals one that was never stopped, and batching does not
 * matter. A trainer calls {@link #begin} before a step and {@link #rows(long[])} or {@link
 * #rows(long[], int[])} before each forward pass. Without these calls, as in DJL's own Trainer,
 * masks depend on the number of masks drawn before.
 *
 * <p>A mask is an array of booleans, true where an element is kept, in native memory: a byte for an
 * element. The caller multiplies the kept elements by 1/(1-p). Not thread-safe: it belongs to the
 * thread that trains the tree.
 */
public final class StepContext {
    private final long seed;
    private final MaskStaging staging = new MaskStaging();
    private boolean driven;
    private long stepKey;
    private BatchRows rows = BatchRows.UNKNOWN;
    private long calls;

    /**
     * Creates a context that no trainer drives yet.
     *
     * @param seed the seed of masks while no trainer drives the context
     */
    public StepContext(long seed) {
        this.seed = seed;
    }

    /**
     * Begins a step. A trainer that accumulates gradients may begin the same step again for each
     * batch; masks do not depend on how often it does.
     *
     * @param seed the run's seed
     * @param step the step's number
     */
    public void begin(long seed, long step) {
        driven = true;
        stepKey = stepKey(seed, step);
    }

    private static long stepKey(long seed, long step) {
        return CounterRandom.derive(CounterRandom.derive(seed, "dropout"), step);
    }

    /**
     * Gives each sample of the batch a step of a run of its own, for trainings that share a batch:
     * its masks are those of its own run. Called after {@link #rows}, until the next rows.
     *
     * @param seeds the seed of each sample's run
     * @param steps the step's number in that run
     */
    public void ownSteps(long[] seeds, long[] steps) {
        long[] keys = new long[seeds.length];
        for (int i = 0; i < keys.length; i++) {
            keys[i] = stepKey(seeds[i], steps[i]);
        }
        rows = rows.withSteps(keys);
    }

    /**
     * Runs a part of the batch: samples that follow one another.
     *
     * @param from their first row
     * @param to their last row + 1
     * @param all how many rows the batch has there: one for each token, or for each sample
     * @param run what is run; meanwhile rows are those of the part
     */
    public <T> T part(long from, long to, long all, Supplier<T> run) {
        BatchRows before = rows;
        rows = before.part(from, to, all);
        try {
            return run.get();
        } finally {
            rows = before;
        }
    }

    /**
     * Tells which sample each entry of the batch is: activations are [B, .., C] or have B times as
     * many rows.
     *
     * @param samples the samples' numbers in the data set, one for each entry of the batch
     */
    public void rows(long[] samples) {
        rows = BatchRows.padded(samples);
    }

    /**
     * Tells which samples lie one after another in a packed batch: activations have Σ lengths rows,
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
     * Tells which token each row is, after rows were picked from a packed batch.
     *
     * @param samples the number in the data set of each row's sample
     * @param positions the place of each row in its sample
     * @throws IllegalArgumentException if there are not as many of both
     */
    public void tokens(long[] samples, long[] positions) {
        rows = BatchRows.tokens(samples, positions);
    }

    /**
     * Which samples the rows of activations belong to at some moment of a pass. Immutable.
     *
     * @see StepContext#rows()
     */
    public static final class Rows {
        private final BatchRows rows;

        private Rows(BatchRows rows) {
            this.rows = rows;
        }
    }

    /** Returns which samples the rows are now, so that a part of the pass can be run again. */
    public Rows rows() {
        return new Rows(rows);
    }

    /**
     * Tells which samples the rows are, as they were before.
     *
     * @param earlier what {@link #rows()} returned
     */
    public void rows(Rows earlier) {
        rows = earlier.rows;
    }

    /** Ends the training. */
    public void end() {
        driven = false;
        rows = BatchRows.UNKNOWN;
        staging.free();
    }

    /**
     * Draws the mask of an activation.
     *
     * @param x [B, .., C] where entry b of the first dimension belongs to sample b, or packed
     * @param p the probability of an element to be dropped, in (0, 1)
     * @param pathKey the layer's {@link #pathKey}
     * @return booleans shaped as x, true where an element is kept; it belongs to x's manager
     */
    public NDArray mask(NDArray x, double p, long pathKey) {
        Shape shape = x.getShape();
        int dimensions = shape.dimension();
        int channels = dimensions == 0 ? 1 : Math.toIntExact(shape.get(dimensions - 1));
        int batch = dimensions < 2 ? 1 : (int) shape.get(0);
        long[] keys = new long[channels == 0 ? 0 : Math.toIntExact(shape.size() / channels)];
        rows.keys(base(pathKey), pathKey, batch, keys);
        try (MaskDrawing drawing = drawing(x.getManager(), shape.size(), p)) {
            for (long key : keys) {
                drawing.row(key, channels);
            }
            return drawing.finish(shape);
        }
    }

    /**
     * Draws the mask of rows that belong to no sample, such as those of a soft prompt.
     *
     * @param manager the manager that gets the mask
     * @param shape [rows, channels]
     * @param p the probability of an element to be dropped, in (0, 1)
     * @param pathKey the layer's {@link #pathKey}
     * @return booleans, true where an element is kept
     */
    public NDArray mask(NDManager manager, Shape shape, double p, long pathKey) {
        long base = base(pathKey);
        try (MaskDrawing drawing = drawing(manager, shape.size(), p)) {
            for (long row = 0; row < shape.get(0); row++) {
                drawing.row(CounterRandom.derive(base, row), Math.toIntExact(shape.get(1)));
            }
            return drawing.finish(shape);
        }
    }

    /**
     * Draws the mask of attention probabilities.
     *
     * @param manager the manager that gets the mask
     * @param shape [B, heads, T, T]
     * @param p the probability of an element to be dropped, in (0, 1)
     * @param pathKey the layer's {@link #pathKey}
     * @return booleans, true where an element is kept
     */
    public NDArray attentionMask(NDManager manager, Shape shape, double p, long pathKey) {
        return attentionMask(manager, shape, p, pathKey, 0, (int) shape.get(0));
    }

    /**
     * Draws the mask of attention probabilities of some entries of a batch that follow one another.
     *
     * @param manager who owns the mask
     * @param shape [b, heads, queries, keys]
     * @param p the probability of an element to be dropped, in (0, 1)
     * @param pathKey the layer's {@link #pathKey}
     * @param first the place in the batch of the first of the b entries
     * @param batch the entries of the batch
     * @return booleans, true where an element is kept; the same as if the whole batch's were drawn
     */
    public NDArray attentionMask(
            NDManager manager, Shape shape, double p, long pathKey, int first, int batch) {
        int heads = (int) shape.get(1);
        int queries = (int) shape.get(2);
        int keys = (int) shape.get(3);
        long base = base(pathKey);
        try (MaskDrawing drawing = drawing(manager, shape.size(), p)) {
            for (int entry = first; entry < first + shape.get(0); entry++) {
                draw(drawing, base, pathKey, entry, batch, heads, queries, keys);
            }
            return drawing.finish(shape);
        }
    }

    /**
     * Draws the masks of the attention probabilities of sequences of different lengths, one after
     * another and without padding.
     *
     * @param manager who owns the mask
     * @param lengths the tokens t of each entry of the batch
     * @param heads the number of heads
     * @param p the probability of an element to be dropped, in (0, 1)
     * @param pathKey the layer's {@link #pathKey}
     * @return booleans, true where an element is kept [Σ heads t t]: the corner of what {@link
     *     #attentionMask} draws for the longest, for each entry
     */
    public NDArray attentionMasks(
            NDManager manager, long[] lengths, int heads, double p, long pathKey) {
        long size = 0;
        for (long length : lengths) {
            size = Math.addExact(size, heads * length * length);
        }
        long base = base(pathKey);
        try (MaskDrawing drawing = drawing(manager, size, p)) {
            for (int entry = 0; entry < lengths.length; entry++) {
                int length = (int) lengths[entry];
                draw(drawing, base, pathKey, entry, lengths.length, heads, length, length);
            }
            return drawing.finish(new Shape(size));
        }
    }

    private void draw(
            MaskDrawing drawing,
            long base,
            long pathKey,
            int entry,
            int batch,
            int heads,
            int queries,
            int channels) {
        for (int head = 0; head < heads; head++) {
            long key = rows.sampleKey(base, pathKey, head, entry, batch);
            for (int query = 0; query < queries; query++) {
                drawing.row(CounterRandom.derive(key, query), channels);
            }
        }
    }

    private MaskDrawing drawing(NDManager manager, long size, double p) {
        return new MaskDrawing(manager, size, p, staging);
    }

    /**
     * Returns the key of a layer's masks, which depends on its path.
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
}
