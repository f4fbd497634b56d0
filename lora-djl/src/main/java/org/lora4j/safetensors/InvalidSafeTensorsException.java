/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.safetensors;

import java.io.IOException;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/**
 * A safetensors file, or an index of one, is not what the format says, or holds what was asked for
 * in a form that cannot be read.
 */
public final class InvalidSafeTensorsException extends IOException {
    private static final int LONGEST_EXCERPT = 120;

    private final String path;
    private final @Nullable String tensor;
    private final String expected;
    private final String found;

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
                path
                        + (tensor == null ? "" : ": tensor '" + excerpt(tensor) + "'")
                        + ": expected "
                        + expected
                        + ", found "
                        + found);
        this.path = path.toString();
        this.tensor = tensor;
        this.expected = expected;
        this.found = found;
    }

    InvalidSafeTensorsException(
            Path path, @Nullable String tensor, String expected, String found, Throwable cause) {
        this(path, tensor, expected, found);
        initCause(cause);
    }

    /**
     * Returns the file at fault.
     *
     * @return the path as it was given
     */
    public Path path() {
        return Path.of(path);
    }

    /**
     * Returns the tensor at fault.
     *
     * @return its name, or null where the fault is in no single tensor
     */
    public @Nullable String tensor() {
        return tensor;
    }

    /**
     * Returns what was expected.
     *
     * @return a phrase
     */
    public String expected() {
        return expected;
    }

    /**
     * Returns what was found instead.
     *
     * @return a phrase
     */
    public String found() {
        return found;
    }

    /** Text from a file, made fit for a message: short, and without control characters. */
    static String excerpt(String text) {
        String head =
                text.length() <= LONGEST_EXCERPT
                        ? text
                        : text.substring(0, LONGEST_EXCERPT) + "... (" + text.length() + ")";
        return head.replaceAll("\\p{Cntrl}", "?");
    }
}
