/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.hf.stream;

import java.util.Iterator;
import java.util.NoSuchElementException;
import java.util.Objects;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;
import org.jspecify.annotations.Nullable;
import org.lora4j.hf.stream.StreamedTexts.Window;
import org.lora4j.train.TrainingBatch;

/**
 * The batches of an epoch of a {@link StreamedDataset}. One window is in memory, and the next,
 * which is read and tokenized on another thread while the first is used. The number of an example
 * is its line in the file, counted from 0, for a language model, and its row for labels. Not
 * thread-safe.
 *
 * @param <B> the kind of batch
 */
public final class StreamedBatches<B extends TrainingBatch> implements Iterator<B> {
    private final StreamedDataset<B> data;
    private final int epoch;
    private final int[][] windows;
    private @Nullable Window<B> held;
    private @Nullable FutureTask<Window<B>> ahead;
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
                held = take();
                data.texts().tally().add(windows[window], held.found());
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

    /** Returns the window that is due, and has the one after it read meanwhile. */
    private Window<B> take() {
        FutureTask<Window<B>> due = ahead == null ? reading(window) : ahead;
        due.run(); // unless another thread does
        ahead = null;
        Window<B> read = result(due);
        if (window + 1 < windows.length) {
            FutureTask<Window<B>> following = reading(window + 1);
            Thread reader = new Thread(following, "lora4j-read-ahead");
            reader.setDaemon(true);
            reader.start();
            ahead = following;
        }
        return read;
    }

    private FutureTask<Window<B>> reading(int number) {
        return new FutureTask<>(() -> data.texts().read(windows[number]));
    }

    /** Returns what was read, also to a thread that is asked to end, which its training sees to. */
    private static <T> T result(FutureTask<T> task) {
        boolean interrupted = false;
        try {
            while (true) {
                try {
                    return task.get();
                } catch (InterruptedException e) {
                    interrupted = true;
                } catch (ExecutionException e) {
                    throw unchecked(Objects.requireNonNull(e.getCause()));
                }
            }
        } finally {
            if (interrupted) {
                Thread.currentThread().interrupt();
            }
        }
    }

    private static RuntimeException unchecked(Throwable cause) {
        if (cause instanceof Error error) {
            throw error;
        }
        return (RuntimeException) cause; // reading declares no checked exception
    }

    @Override
    public B next() {
        if (!hasNext() || held == null) {
            throw new NoSuchElementException("the epoch has no more batches");
        }
        return held.batch().apply(plan[batch++]);
    }
}
