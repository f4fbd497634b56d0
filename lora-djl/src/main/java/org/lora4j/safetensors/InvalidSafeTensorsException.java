/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.safetensors;

import java.io.IOException;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;
import org.lora4j.files.Excerpt;

/**
 * A safetensors file, or an index of one, is not what the format says, or holds what was asked for
 * in a form that cannot be read.
 */
public final class InvalidSafeTensorsException extends IOException {
    /**
     * Creates the exception.
     *
     * @param path the file
     * @param tensor the tensor at fault, or null where the fault is in no single one
     * @param expected what the format, or the caller, expects
     * @param found what the file holds
     */
    public InvalidSafeTensorsException(
            Path path, @Nullable String tensor, String expected, String found) {
        super(
                "%s%s: expected %s, found %s"
                        .formatted(
                                path,
                                tensor == null ? "" : ": tensor '" + Excerpt.of(tensor) + "'",
                                expected,
                                found));
    }

    InvalidSafeTensorsException(
            Path path, @Nullable String tensor, String expected, String found, Throwable cause) {
        this(path, tensor, expected, found);
        initCause(cause);
    }
}
