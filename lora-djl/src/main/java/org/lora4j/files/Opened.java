/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.files;

import java.io.Closeable;
import java.io.IOException;

/** Files that were just opened, and are closed again where what is made of them fails. */
public final class Opened {
    private Opened() {}

    /**
     * Makes something of an open file that will close it.
     *
     * @param <T> the type of the result
     * @param opened what was opened
     * @param use makes the result
     * @return the result
     * @throws IOException what the use throws; then the file is closed
     */
    public static <T> T orClose(Closeable opened, Uninterrupted.Operation<T> use)
            throws IOException {
        try {
            return use.run();
        } catch (IOException | RuntimeException e) {
            opened.close();
            throw e;
        }
    }
}
