/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.hf.stream;

import java.util.Arrays;
import java.util.BitSet;

/** Counts what is found in the blocks of a file, each when it is first read. Thread-safe. */
final class StreamTally {
    private final BitSet counted = new BitSet();
    private StreamedDataset.Tally sum = new StreamedDataset.Tally(0, 0, 0, 0, "");

    synchronized void add(int[] blocks, StreamedDataset.Tally found) {
        if (counted.get(blocks[0])) {
            return;
        }
        Arrays.stream(blocks).forEach(counted::set);
        sum =
                new StreamedDataset.Tally(
                        sum.samples() + found.samples(),
                        sum.truncated() + found.truncated(),
                        sum.leftOut() + found.leftOut(),
                        sum.skipped() + found.skipped(),
                        sum.reason().isEmpty() ? found.reason() : sum.reason());
    }

    synchronized StreamedDataset.Tally result() {
        return sum;
    }
}
