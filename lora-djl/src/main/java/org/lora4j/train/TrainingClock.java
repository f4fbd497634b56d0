/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.train;

/** Time spent in training: from the first batch on, standing still during validations. */
final class TrainingClock {
    private long running = -1;
    private long passed;

    /** Starts, or goes on. */
    void start() {
        running = System.nanoTime();
    }

    void pause() {
        passed += running < 0 ? 0 : System.nanoTime() - running;
        running = -1;
    }

    double seconds() {
        return (passed + (running < 0 ? 0 : System.nanoTime() - running)) / 1e9;
    }
}
