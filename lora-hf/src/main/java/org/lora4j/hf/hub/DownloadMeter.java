/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.hf.hub;

import java.util.concurrent.TimeUnit;

/** Notifies a listener of the progress of one file, at most five times a second. */
final class DownloadMeter {
    private static final long INTERVAL_NANOS = TimeUnit.MILLISECONDS.toNanos(200);

    private final DownloadListener listener;
    private final String model;
    private final String file;
    private final int number;
    private final int count;
    private long start = System.nanoTime();
    private long reported = start;
    private long received;

    DownloadMeter(DownloadListener listener, String model, String file, int number, int count) {
        this.listener = listener;
        this.model = model;
        this.file = file;
        this.number = number;
        this.count = count;
    }

    /** Begins a transfer of a file of which some bytes are here already. */
    void begin(long bytes, long total) {
        start = System.nanoTime();
        received = 0;
        report(bytes, total);
    }

    /** Counts bytes that have arrived; {@code bytes} is how many are here now. */
    void add(int more, long bytes, long total) {
        received += more;
        if (System.nanoTime() - reported >= INTERVAL_NANOS) {
            report(bytes, total);
        }
    }

    void end(long bytes) {
        report(bytes, bytes);
    }

    private void report(long bytes, long total) {
        reported = System.nanoTime();
        double seconds = (reported - start) / 1e9;
        double rate = received == 0 || seconds <= 0 ? 0 : received / seconds;
        long known = Math.max(total, bytes);
        listener.onProgress(new DownloadProgress(model, file, number, count, bytes, known, rate));
    }
}
