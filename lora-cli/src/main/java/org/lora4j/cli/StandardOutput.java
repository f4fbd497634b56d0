/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.cli;

import java.io.IOException;
import java.io.OutputStream;
import java.io.PrintWriter;
import java.util.Locale;
import org.jspecify.annotations.Nullable;
import org.lora4j.cli.terminal.ErrorText;

/**
 * Standard output that remembers a failed write, which a PrintWriter hides: a command whose result
 * could not be written, because of a full disk for example, has failed.
 */
final class StandardOutput extends OutputStream {
    private final OutputStream out;
    private @Nullable IOException failure;

    StandardOutput(OutputStream out) {
        this.out = out;
    }

    @Override
    public void write(int b) throws IOException {
        write(new byte[] {(byte) b}, 0, 1);
    }

    @Override
    public void write(byte[] bytes, int from, int count) throws IOException {
        try {
            out.write(bytes, from, count);
        } catch (IOException e) {
            failure = failure == null ? e : failure;
            throw e;
        }
    }

    /**
     * Returns the exit code of the program, and reports a write that failed.
     *
     * @param code the exit code of the command
     * @param err where errors are printed
     * @return the same code, or that of a failure if a write failed
     */
    int exitCode(int code, PrintWriter err) {
        IOException why = failure;
        if (code != 0 || why == null || isReaderGone(why)) {
            return code;
        }
        err.println("lora4j: standard output: cannot be written: " + ErrorText.of(why));
        err.flush();
        return CommandLines.FAILED;
    }

    /**
     * Returns whether the output is a pipe that its reader has closed, as head does: no failure.
     */
    private static boolean isReaderGone(IOException why) {
        return String.valueOf(why.getMessage()).toLowerCase(Locale.ROOT).contains("pipe");
    }
}
