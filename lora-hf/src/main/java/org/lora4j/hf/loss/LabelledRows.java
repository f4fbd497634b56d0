/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.hf.loss;

import java.util.Arrays;
import org.lora4j.text.batch.PackedTokens;

/**
 * The rows of a packed batch that have a label.
 *
 * @param places where they stand in the batch [M]
 * @param labels their labels [M]
 * @param samples their samples' numbers in the data set [M]
 * @param positions their places in their samples [M]
 * @param sequences which sequence of the batch each is of [M], never falling
 */
@SuppressWarnings("ArrayRecordComponent") // handed to native memory as they are
public record LabelledRows(
        long[] places, long[] labels, long[] samples, long[] positions, int[] sequences) {
    public static LabelledRows of(PackedTokens tokens) {
        return of(tokens, 0);
    }

    /**
     * Returns the rows of a batch with virtual tokens before each sequence. The last of them is
     * followed by the sequence's first token, and learns it where that is learnt.
     *
     * @param virtual how many there are
     */
    public static LabelledRows of(PackedTokens tokens, int virtual) {
        int count = tokens.labelled(virtual > 0);
        long[] places = new long[count];
        long[] labels = new long[count];
        long[] samples = new long[count];
        long[] positions = new long[count];
        int[] sequences = new int[count];
        int row = 0;
        int token = 0;
        for (int segment = 0; segment < tokens.segments(); segment++) {
            long before = (long) virtual * (segment + 1);
            if (virtual > 0 && tokens.firsts()[segment] != PackedTokens.IGNORED) {
                places[row] = token + before - 1;
                labels[row] = tokens.firsts()[segment];
                samples[row] = tokens.indices()[segment];
                sequences[row] = segment;
                positions[row++] = virtual - 1L;
            }
            for (int i = 0; i < tokens.lengths()[segment]; i++, token++) {
                if (tokens.labels()[token] != PackedTokens.IGNORED) {
                    places[row] = token + before;
                    labels[row] = tokens.labels()[token];
                    samples[row] = tokens.indices()[segment];
                    sequences[row] = segment;
                    positions[row++] = (long) virtual + i;
                }
            }
        }
        return new LabelledRows(places, labels, samples, positions, sequences);
    }

    public int count() {
        return places.length;
    }

    LabelledRows part(int from, int to) {
        return new LabelledRows(
                Arrays.copyOfRange(places, from, to),
                Arrays.copyOfRange(labels, from, to),
                Arrays.copyOfRange(samples, from, to),
                Arrays.copyOfRange(positions, from, to),
                Arrays.copyOfRange(sequences, from, to));
    }
}
