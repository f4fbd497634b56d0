/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.cli.file;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/** The file that a command saves its result in. */
public final class OutputFile {
    private OutputFile() {}

    /**
     * Checks that a file can be written, and makes its directory.
     *
     * @param file the file
     * @param read a file that the command reads, which is not to be replaced
     * @param what what that is
     */
    public static void prepare(Path file, Path read, String what) throws IOException {
        if (Files.isDirectory(file)) {
            throw new IOException(file + ": is a directory; expected a file to write");
        }
        if (Files.exists(file) && Files.isSameFile(file, read)) {
            throw new IOException(
                    "%s: --output is the %s itself; name another file".formatted(file, what));
        }
        Path parent = file.toAbsolutePath().getParent();
        if (parent != null) {
            OutputDirectory.prepare(parent).close(); // which deletes it again if it was made
            Files.createDirectories(parent);
        }
    }
}
