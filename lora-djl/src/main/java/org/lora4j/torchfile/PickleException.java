/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.torchfile;

import com.google.errorprone.annotations.FormatMethod;
import java.io.IOException;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/** A fault of a pickle, in one line, before the file's name is known. */
public final class PickleException extends IOException {
    /**
     * Creates the exception.
     *
     * @param problem what was expected and found, in one line, as a format
     * @param values the format's values
     */
    @FormatMethod
    public PickleException(String problem, @Nullable Object... values) {
        super(problem.formatted(values));
    }

    /** The same fault, with the name of the file. */
    InvalidTorchFileException in(Path path) {
        return new InvalidTorchFileException(path, String.valueOf(getMessage()));
    }
}
