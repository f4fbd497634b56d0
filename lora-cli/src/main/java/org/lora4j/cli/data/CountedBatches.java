/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.cli.data;

import java.util.Iterator;
import org.lora4j.train.BatchSource;
import org.lora4j.train.TrainingBatch;

/**
 * Counts the texts and tokens of the batches that are read from a data set.
 *
 * @param <B> the kind of batch
 */
public final class CountedBatches<B extends TrainingBatch> implements BatchSource<B> {
    private final BatchSource<B> data;
    private long texts;
    private long tokens;

    public CountedBatches(BatchSource<B> data) {
        this.data = data;
    }

    public long texts() {
        return texts;
    }

    public long tokens() {
        return tokens;
    }

    @Override
    public Class<B> batchType() {
        return data.batchType();
    }

    @Override
    public Iterable<B> epoch(int epoch) {
        Iterable<B> batches = data.epoch(epoch);
        return () -> counted(batches.iterator());
    }

    private Iterator<B> counted(Iterator<B> batches) {
        return new Iterator<>() {
            @Override
            public boolean hasNext() {
                return batches.hasNext();
            }

            @Override
            public B next() {
                B batch = batches.next();
                texts += batch.size();
                tokens += batch.tokens();
                return batch;
            }
        };
    }

    @Override
    public boolean isCounted() {
        return data.isCounted();
    }

    @Override
    public int batchesPerEpoch(int epoch) {
        return data.batchesPerEpoch(epoch);
    }
}
