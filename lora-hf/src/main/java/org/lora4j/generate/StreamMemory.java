/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.generate;

/**
 * The native memory that the open streams of a generator keep. The garbage collector does not see
 * it: a stream is a few hundred bytes of the Java heap, and its keys and values may be megabytes.
 * Streams that were abandoned would therefore pile up until the heap happens to be full.
 *
 * <p>Whenever the memory has doubled, and grown by at least {@value #LEAST_GROWTH} bytes, since the
 * last time, a collection is asked for, so that abandoned streams are found and freed: as the JDK
 * does when memory for direct buffers runs short. Streams that are closed never cause one, however
 * many there are one after another. Thread-safe.
 */
final class StreamMemory {
    static final long LEAST_GROWTH = 8L << 20;

    private final Runnable collector;
    private long held;
    private long limit = LEAST_GROWTH;

    /**
     * Begins with no stream.
     *
     * @param collector asks for a garbage collection
     */
    StreamMemory(Runnable collector) {
        this.collector = collector;
    }

    /**
     * Counts memory that a stream takes, or gives back.
     *
     * @param bytes how much more it is than before; negative where it is less
     */
    void add(long bytes) {
        if (reaches(bytes)) {
            collector.run();
        }
    }

    /**
     * Counts the memory of a stream that was abandoned and is freed now. There may be more of them,
     * so the next collection comes earlier.
     *
     * @param bytes how much it was
     */
    synchronized void abandoned(long bytes) {
        held -= bytes;
        limit = Math.min(limit, 2 * held + LEAST_GROWTH);
    }

    private synchronized boolean reaches(long bytes) {
        held += bytes;
        if (held <= limit) {
            return false;
        }
        limit = 2 * held + LEAST_GROWTH;
        return true;
    }
}
