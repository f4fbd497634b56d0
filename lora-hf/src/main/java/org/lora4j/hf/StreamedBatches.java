/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.hf;

import java.util.Iterator;
import java.util.NoSuchElementException;
import org.jspecify.annotations.Nullable;
import org.lora4j.text.CausalSequences;
import org.lora4j.text.PackedTokens;

/**
 * The batches of an epoch of a {@link StreamedCausalDataset}, a window of them in memory. An
 * example's number is its line in the file, counted from 0. Not thread-safe.
 */
public final class StreamedBatches implements Iterator<CausalBatch> {
    private final StreamedCausalDataset data;
    private final int epoch;
    private final int[][] windows;
    private @Nullable CausalSequences sequences;
    private int[][] plan = new int[0][];
    private int window;
    private int batch;
    private boolean found;
    private boolean writes;

    StreamedBatches(StreamedCausalDataset data, StreamPosition position) {
        this.data = data;
        epoch = position.epoch();
        windows = data.windows(epoch);
        window = position.window();
        batch = position.batch();
        found = window > 0 || batch > 0;
        writes = found;
    }

    /** Returns the place of the batch that {@link #next} gives next. */
    public StreamPosition position() {
        return new StreamPosition(epoch, window, batch);
    }

    @Override
    public boolean hasNext() {
        while (window < windows.length) {
            if (sequences == null) {
                sequences = data.part(windows[window]).sequences();
                int[] lengths = sequences.lengths();
                writes |= sequences.writes();
                if (!writes && (found || lengths.length > 0) && window == windows.length - 1) {
                    throw data.onlyEnds();
                }
                plan = lengths.length == 0 ? new int[0][] : data.plan(lengths, epoch, window);
            }
            if (batch < plan.length) {
                found = true;
                return true;
            }
            sequences = null; // before the next is read
            window++;
            batch = 0;
        }
        if (!found) {
            throw data.nothing();
        }
        return false;
    }

    @Override
    public CausalBatch next() {
        if (!hasNext() || sequences == null) {
            throw new NoSuchElementException("the epoch has no more batches");
        }
        int[] indices = plan[batch++];
        PackedTokens tokens = sequences.batch(indices);
        int[] examples = new int[indices.length];
        for (int i = 0; i < indices.length; i++) {
            examples[i] = sequences.line(indices[i]) - 1;
        }
        return new CausalBatch(
                new PackedTokens(tokens.ids(), tokens.labels(), tokens.lengths(), examples),
                sequences.ends(indices));
    }
}
