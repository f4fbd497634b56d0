/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.generate;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;

class StreamMemoryTest {
    private static final long STREAM = StreamMemory.LEAST_GROWTH / 4;

    private final AtomicInteger collections = new AtomicInteger();
    private final StreamMemory memory = new StreamMemory(collections::incrementAndGet);

    @Test
    void streamsThatAreClosedNeverCauseACollection() {
        for (int i = 0; i < 1000; i++) {
            memory.add(STREAM);
            memory.add(-STREAM);
        }
        assertThat(collections).hasValue(0);
    }

    @Test
    void aLargeStreamAfterAnotherCausesOneCollectionInAll() {
        for (int i = 0; i < 1000; i++) {
            memory.add(100 * STREAM);
            memory.add(-100 * STREAM);
        }
        assertThat(collections).hasValue(1);
    }

    @Test
    void streamsThatStayOpenCauseACollectionForEachDoubling() {
        for (int i = 0; i < 1000; i++) {
            memory.add(STREAM);
        }
        // beyond 4, 14, 34, 74, 154, 314 and 634 streams
        assertThat(collections).hasValue(7);
    }

    @Test
    void abandonedStreamsNeverHoldMuch() {
        long held = 0;
        long most = 0;
        for (int i = 0; i < 1000; i++) {
            int before = collections.get();
            memory.add(STREAM);
            held += STREAM;
            most = Math.max(most, held);
            if (collections.get() > before) {
                for (; held > 0; held -= STREAM) {
                    memory.abandoned(STREAM);
                }
            }
        }
        assertThat(most).isEqualTo(5 * STREAM);
        assertThat(collections).hasValue(200);
    }
}
