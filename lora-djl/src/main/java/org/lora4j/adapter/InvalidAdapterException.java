/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.adapter;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;

/** A file of an adapter is not what PEFT would accept; lists every problem found. */
public final class InvalidAdapterException extends IOException {
    private final List<String> problems;

    /**
     * Creates the exception.
     *
     * @param file the file at fault
     * @param problems each with what was expected and found; at least one
     */
    public InvalidAdapterException(Path file, List<String> problems) {
        super(file + ": " + String.join("; ", problems));
        this.problems = List.copyOf(problems);
    }

    InvalidAdapterException(Path file, String problem) {
        this(file, List.of(problem));
    }

    InvalidAdapterException(Path file, String problem, Throwable cause) {
        this(file, problem);
        initCause(cause);
    }

    /**
     * Returns every problem found.
     *
     * @return one phrase each
     */
    public List<String> problems() {
        return problems;
    }
}
