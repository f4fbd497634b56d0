/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.files;

import java.io.IOException;
import java.nio.channels.ClosedByInterruptException;

/**
 * File operations of a thread that may be interrupted. A {@link java.nio.channels.FileChannel}
 * closes itself when the thread that uses it has its interrupt flag set, so the flag is taken away
 * for the time of the operation and set again afterwards.
 */
public final class Uninterrupted {
    /**
     * An operation that can be done again from its beginning.
     *
     * @param <T> the type of its result
     */
    public interface Operation<T> {
        /**
         * Runs it.
         *
         * @return its result
         * @throws IOException if it fails
         */
        T run() throws IOException;
    }

    private Uninterrupted() {}

    /**
     * Runs an operation; once more where an interrupt came in the middle of it.
     *
     * @param <T> the type of its result
     * @param operation the operation
     * @return its result
     * @throws IOException what the operation throws
     */
    public static <T> T call(Operation<T> operation) throws IOException {
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
