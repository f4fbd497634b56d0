/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.hf.stream;

import java.util.Iterator;
import java.util.NoSuchElementException;
import org.jspecify.annotations.Nullable;
import org.lora4j.hf.stream.StreamedTexts.Window;
import org.lora4j.train.TrainingBatch;

/**
 * The batches of an epoch of a {@link StreamedDataset}, of which one window is in memory. The
 * number of an example is its line in the file, counted from 0, for a language model, and its row
 * for labels. Not thread-safe.
 *
 * @param <B> the kind of batch
 */
public final class StreamedBatches<B extends TrainingBatch> implements Iterator<B> {
    private final StreamedDataset<B> data;
    private final int epoch;
    private final int[][] windows;
    private @Nullable Window<B> held;
    private int[][] plan = new int[0][];
    private int window;
    private int batch;
    private boolean found;
    private boolean writes;

    StreamedBatches(StreamedDataset<B> data, StreamPosition position) {
        this.data = data;
        epoch = position.epoch();
        windows = data.texts().windows(epoch);
        window = position.window();
        batch = position.batch();
        found = window > 0 || batch > 0;
        writes = found;
    }

    /** Returns the position of the batch that {@link #next} returns next. */
    public StreamPosition position() {
        return new StreamPosition(epoch, window, batch);
    }

    @Override
    public boolean hasNext() {
        while (window < windows.length) {
            if (held == null) {
                held = data.texts().read(windows[window]);
                int[] lengths = held.lengths();
                writes |= held.writes();
                if (!writes && (found || lengths.length > 0) && window == windows.length - 1) {
                    throw data.texts().nothing(true);
                }
                plan = data.plan(lengths, epoch, window);
            }
            if (batch < plan.length) {
                found = true;
                return true;
            }
            held = null; // before the next is read
            window++;
            batch = 0;
        }
        if (!found) {
            throw data.texts().nothing(false);
        }
        return false;
    }

    @Override
    public B next() {
        if (!hasNext() || held == null) {
            throw new NoSuchElementException("the epoch has no more batches");
        }
        return held.batch().apply(plan[batch++]);
    }
}
