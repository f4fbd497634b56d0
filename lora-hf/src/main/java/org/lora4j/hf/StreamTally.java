/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.hf;

import java.util.BitSet;
import org.lora4j.text.SampleFile;

/** What was found in the blocks of a file, each counted when it is first read. Thread-safe. */
final class StreamTally {
    private final BitSet counted = new BitSet();
    private long samples;
    private long truncated;
    private long leftOut;
    private long skipped;
    private String reason = "";

    synchronized void add(int[] blocks, SampleFile.Part part) {
        if (counted.get(blocks[0])) {
            return;
        }
        for (int block : blocks) {
            counted.set(block);
        }
        samples += part.samples();
        truncated += part.sequences().truncated().size();
        leftOut += part.sequences().leftOut().size();
        if (skipped == 0 && !part.skipped().isEmpty()) {
            reason = "line " + part.skipped().first().get(0) + ": " + part.skipped().reason();
        }
        skipped += part.skipped().count();
    }

    synchronized StreamedCausalDataset.Tally result() {
        return new StreamedCausalDataset.Tally(samples, truncated, leftOut, skipped, reason);
    }
}
