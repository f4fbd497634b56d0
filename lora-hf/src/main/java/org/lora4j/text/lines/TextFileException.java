/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.text.lines;

import com.google.errorprone.annotations.FormatMethod;
import java.io.IOException;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/** A data file that cannot be read as asked: the message names the file and the line. */
public final class TextFileException extends IOException {
    private static final long serialVersionUID = 1L;

    private final int line;
    private final String what;

    public TextFileException(Path file, int line, String what, @Nullable Throwable cause) {
        super(file + (line > 0 ? ", line " + line : "") + ": " + what, cause);
        this.line = line;
        this.what = what;
    }

    /**
     * Says what is wrong with a line.
     *
     * @param line the line counted from 1, or 0 where the whole file is meant
     * @param what a format, and its values
     */
    @FormatMethod
    public TextFileException(Path file, int line, String what, @Nullable Object... values) {
        this(file, line, what.formatted(values), (Throwable) null);
    }

    /** The message without the file and the line. */
    public String what() {
        return what;
    }

    /**
     * The line of the file.
     *
     * @return the line counted from 1, or 0 where the whole file is meant
     */
    public int line() {
        return line;
    }
}
