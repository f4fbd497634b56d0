/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.train;

import java.nio.ByteBuffer;
import java.security.MessageDigest;

/**
 * Examples that are run through the model together, held on the Java side: a batch owns no native
 * memory, so that it may be read ahead and dropped freely.
 *
 * <p>Implementations are immutable.
 */
public interface TrainingBatch {
    /** Returns the number of examples, at least 1. */
    int size();

    /**
     * Returns the number of terms in the batch's loss: its examples, or its tokens that are not
     * masked. It is known before the forward pass, so that batches accumulated into one step are
     * weighted exactly.
     */
    long count();

    /**
     * Returns where the examples stand in the data set, counted from 0, for messages; one for each
     * example.
     */
    int[] examples();

    /** Returns the number of input tokens without padding, 0 where there is no such thing. */
    default long tokens() {
        return 0;
    }

    /**
     * Adds the content to a digest, by which a resumed training knows the batch again. By default
     * only the sizes and the places of the examples are added.
     */
    default void addTo(MessageDigest digest) {
        ByteBuffer buffer = ByteBuffer.allocate(3 * Long.BYTES + examples().length * Integer.BYTES);
        buffer.putLong(size()).putLong(count()).putLong(tokens());
        for (int example : examples()) {
            buffer.putInt(example);
        }
        digest.update(buffer.array());
    }
}
