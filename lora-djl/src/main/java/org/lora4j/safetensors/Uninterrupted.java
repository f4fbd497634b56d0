/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.safetensors;

import java.io.IOException;
import java.nio.channels.ClosedByInterruptException;

/**
 * File operations of a thread that may be interrupted. A {@link java.nio.channels.FileChannel}
 * closes itself when the thread that uses it has its interrupt flag set, so the flag is taken away
 * for the time of the operation and set again afterwards.
 */
final class Uninterrupted {
    /** An operation that can be done again from its beginning. */
    interface Operation<T> {
        T run() throws IOException;
    }

    private Uninterrupted() {}

    /**
     * Runs an operation; once more where an interrupt came in the middle of it.
     *
     * @throws IOException what the operation throws
     */
    static <T> T call(Operation<T> operation) throws IOException {
        boolean interrupted = Thread.interrupted();
        try {
            while (true) {
                try {
                    return operation.run();
                } catch (ClosedByInterruptException e) {
                    interrupted |= Thread.interrupted();
                }
            }
        } finally {
            if (interrupted) {
                Thread.currentThread().interrupt();
            }
        }
    }
}
