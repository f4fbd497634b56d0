/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.djl.training;

import ai.djl.training.dataset.Batch;
import java.security.MessageDigest;
import java.util.List;
import java.util.stream.IntStream;
import org.lora4j.train.TrainingBatch;

/** A batch of a DJL data set, held in Java's memory. */
public final class DjlBatch implements TrainingBatch {
    private final List<HostArray> data;
    private final List<HostArray> labels;
    private final int size;
    private final int first;
    private final long progress;
    private final long progressTotal;

    /**
     * Copies a batch, which stays the caller's.
     *
     * @param first the examples of the epoch before it
     */
    DjlBatch(Batch batch, int first) {
        this.data = HostArray.copy(batch.getData());
        this.labels = HostArray.copy(batch.getLabels());
        this.size = batch.getSize();
        this.first = first;
        this.progress = batch.getProgress();
        this.progressTotal = batch.getProgressTotal();
    }

    List<HostArray> data() {
        return data;
    }

    List<HostArray> labels() {
        return labels;
    }

    long progress() {
        return progress;
    }

    long progressTotal() {
        return progressTotal;
    }

    @Override
    public int size() {
        return size;
    }

    /** Returns {@link #size}: each example is one term of the loss. */
    @Override
    public long count() {
        return size;
    }

    /** Returns the places of the examples in the order in which the data set gave them. */
    @Override
    public int[] examples() {
        return IntStream.range(first, first + size).toArray();
    }

    @Override
    public void addTo(MessageDigest digest) {
        TrainingBatch.super.addTo(digest);
        data.forEach(array -> digest.update(array.bytes()));
        labels.forEach(array -> digest.update(array.bytes()));
    }
}
