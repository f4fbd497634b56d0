/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.hf.stream;

/**
 * A place in the order of a {@link StreamedDataset}, from which its batches can be read again: the
 * order depends on the seed and the epoch alone.
 *
 * @param epoch the epoch, from 0
 * @param window the window of the epoch, from 0
 * @param batch the batch of the window, from 0
 */
public record StreamPosition(int epoch, int window, int batch) {
    /** Checks that the numbers are not negative. */
    public StreamPosition {
        if (epoch < 0 || window < 0 || batch < 0) {
            throw new IllegalArgumentException(
                    "epoch %d, window %d, batch %d; expected 0 or more each"
                            .formatted(epoch, window, batch));
        }
    }
}
