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
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The step of a training as the blocks of one tree see it; what dropout is counted by.
 *
 * <p>A mask depends on (seed, step, sample, position in the sample, module path, channel) alone: a
 * run repeats bit for bit, a resumed run equals one that was never stopped, and batching does not
 * matter. A trainer calls {@link #begin} before a step and {@link #rows} before each forward pass.
 * Where nobody does, as in DJL's own Trainer, masks are counted by call.
 *
 * <p>Masks live in memory that the next {@link #begin} uses again. Not thread-safe: it belongs to
 * the thread that trains the tree.
 */
public final class StepContext {
    private static final int CHUNK_BYTES = 1 << 22;
    private static final int ALIGNMENT = 64;

    private final long seed;
    private final List<ByteBuffer> chunks = new ArrayList<>();
    private int chunk;
    private boolean driven;
    private long stepKey;
    private long[] samples = {};
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
     * Begins a step; masks of the step before are no longer valid.
     *
     * @param seed the run's seed
     * @param step the step's number
     */
    public void begin(long seed, long step) {
        driven = true;
        stepKey = CounterRandom.derive(CounterRandom.derive(seed, "dropout"), step);
        chunk = 0;
        chunks.forEach(ByteBuffer::clear);
    }

    /**
     * Says which sample each row of the batch is.
     *
     * @param samples the samples' numbers in the data set, one for each entry of the batch
     */
    public void rows(long[] samples) {
        this.samples = samples.clone();
    }

    /** Ends the run of steps and frees the masks' memory; masks are counted by call again. */
    public void end() {
        driven = false;
        samples = new long[0];
        chunks.clear();
        chunk = 0;
    }

    /**
     * Draws the mask of an activation.
     *
     * @param x [B, .., C] where entry b of the first dimension belongs to sample b
     * @param p the probability of 0, in (0, 1)
     * @param pathKey the layer's {@link #pathKey}
     * @return a float32 mask shaped as x, of 0 and 1/(1-p); it belongs to x's manager
     */
    public NDArray mask(NDArray x, double p, long pathKey) {
        Shape shape = x.getShape();
        int channels = Math.toIntExact(shape.get(shape.dimension() - 1));
        int rows = channels == 0 ? 0 : Math.toIntExact(shape.size() / channels);
        int batch = shape.dimension() < 2 ? 1 : Math.toIntExact(shape.get(0));
        return draw(x.getManager(), shape, rowKeys(rows, batch, pathKey), channels, p);
    }

    /**
     * Draws the mask of attention probabilities.
     *
     * @param manager who owns the mask
     * @param shape [B, heads, T, T]
     * @param p the probability of 0, in (0, 1)
     * @param pathKey the layer's {@link #pathKey}
     * @return a float32 mask of 0 and 1/(1-p)
     */
    public NDArray attentionMask(NDManager manager, Shape shape, double p, long pathKey) {
        int batch = Math.toIntExact(shape.get(0));
        int rows = Math.toIntExact(shape.get(0) * shape.get(1) * shape.get(2));
        int channels = Math.toIntExact(shape.get(3));
        int queries = Math.toIntExact(shape.get(2));
        int[] keys = new int[rows];
        long base = base(pathKey);
        int perSample = rows / Math.max(1, batch);
        for (int i = 0; i < rows; i++) {
            int within = i % perSample;
            long head = CounterRandom.derive(base, within / queries);
            keys[i] = rowKey(head, sample(i / perSample, batch), within % queries);
        }
        return draw(manager, shape, keys, channels, p);
    }

    /**
     * Returns the number by which a layer's masks differ from other layers'.
     *
     * @param path the layer's module path
     */
    public static long pathKey(String path) {
        return CounterRandom.derive(0, path);
    }

    private int[] rowKeys(int rows, int batch, long pathKey) {
        int[] keys = new int[rows];
        long base = base(pathKey);
        int perSample = Math.max(1, rows / Math.max(1, batch));
        for (int i = 0; i < rows; i++) {
            keys[i] = rowKey(base, sample(i / perSample, batch), i % perSample);
        }
        return keys;
    }

    private long base(long pathKey) {
        return driven
                ? CounterRandom.derive(stepKey, pathKey)
                : CounterRandom.derive(CounterRandom.derive(seed, calls++), pathKey);
    }

    private long sample(int row, int batch) {
        return samples.length == batch ? samples[row] : row;
    }

    private static int rowKey(long base, long sample, int position) {
        return (int) (CounterRandom.derive(CounterRandom.derive(base, sample), position) >>> 32);
    }

    private NDArray draw(NDManager manager, Shape shape, int[] rowKeys, int channels, double p) {
        int bytes = Math.multiplyExact(Math.multiplyExact(rowKeys.length, channels), Float.BYTES);
        ByteBuffer memory = driven ? take(bytes) : null;
        if (memory == null) {
            memory = ByteBuffer.allocateDirect(bytes);
        }
        memory.order(ByteOrder.nativeOrder());
        DropoutMask.fill(memory.duplicate(), rowKeys, channels, p);
        return manager.create(memory, shape, DataType.FLOAT32);
    }

    /** Takes aligned memory from the current chunk, or from the next, which grows to fit. */
    private @Nullable ByteBuffer take(int bytes) {
        while (true) {
            if (chunk == chunks.size()) {
                int size = Math.max(CHUNK_BYTES, bytes + ALIGNMENT);
                chunks.add(ByteBuffer.allocateDirect(size).alignedSlice(ALIGNMENT));
            }
            ByteBuffer memory = chunks.get(chunk);
            if (memory.remaining() >= bytes) {
                ByteBuffer slice = memory.slice(memory.position(), bytes);
                int next = memory.position() + (bytes + ALIGNMENT - 1) / ALIGNMENT * ALIGNMENT;
                memory.position(Math.min(next, memory.limit()));
                return slice;
            }
            if (memory.position() == 0) {
                chunks.set(
                        chunk,
                        ByteBuffer.allocateDirect(bytes + ALIGNMENT).alignedSlice(ALIGNMENT));
            } else {
                chunk++;
            }
        }
    }
}
