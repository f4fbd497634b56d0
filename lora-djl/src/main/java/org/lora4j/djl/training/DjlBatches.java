/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.djl.training;

import ai.djl.ndarray.NDManager;
import ai.djl.training.dataset.Batch;
import ai.djl.training.dataset.Dataset;
import ai.djl.translate.TranslateException;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.Iterator;
import java.util.function.IntConsumer;
import org.lora4j.train.BatchSource;

/** The batches of a DJL data set, in the order in which its sampler gives them. */
final class DjlBatches implements BatchSource<DjlBatch> {
    private final Dataset dataset;
    private final NDManager manager;
    private final IntConsumer onEpoch;
    private int counted;

    /**
     * Wraps a data set.
     *
     * @param manager owns each batch while it is copied
     * @param onEpoch is told the number of each epoch that begins
     */
    DjlBatches(Dataset dataset, NDManager manager, IntConsumer onEpoch) {
        this.dataset = dataset;
        this.manager = manager;
        this.onEpoch = onEpoch;
    }

    @Override
    public Class<DjlBatch> batchType() {
        return DjlBatch.class;
    }

    @Override
    public Iterable<DjlBatch> epoch(int epoch) {
        return () -> {
            onEpoch.accept(epoch);
            return copies(open());
        };
    }

    private Iterator<Batch> open() {
        try {
            return dataset.getData(manager).iterator();
        } catch (IOException e) {
            throw new UncheckedIOException("the data set cannot be read: " + e.getMessage(), e);
        } catch (TranslateException e) {
            throw new IllegalStateException("the data set cannot be read: " + e.getMessage(), e);
        }
    }

    private static Iterator<DjlBatch> copies(Iterator<Batch> batches) {
        return new Iterator<>() {
            private int examples;

            @Override
            public boolean hasNext() {
                return batches.hasNext();
            }

            @Override
            public DjlBatch next() {
                try (Batch batch = batches.next()) {
                    DjlBatch copy = new DjlBatch(batch, examples);
                    examples += copy.size();
                    return copy;
                }
            }
        };
    }

    /** DJL's data sets do not say how many batches they give, so one pass counts them. */
    @Override
    public boolean isCounted() {
        return false;
    }

    @Override
    public int batchesPerEpoch(int epoch) {
        if (counted == 0) {
            for (Iterator<Batch> batches = open(); batches.hasNext(); counted++) {
                batches.next().close();
            }
        }
        return counted;
    }
}
