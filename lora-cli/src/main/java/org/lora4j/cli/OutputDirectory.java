/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.cli;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/**
 * A directory that results go to, made and tried before the work that they come from. Closing
 * removes again what was made, as far as it is empty.
 */
final class OutputDirectory implements AutoCloseable {
    private final Path path;
    private final List<Path> made;

    private OutputDirectory(Path path, List<Path> made) {
        this.path = path;
        this.made = made;
    }

    /**
     * Makes the directory where there is none and writes a file into it for a moment.
     *
     * @throws IOException if it cannot be written to
     */
    static OutputDirectory prepare(Path path) throws IOException {
        if (Files.exists(path) && !Files.isDirectory(path)) {
            throw new IOException(path + ": is a file; expected a directory to write to");
        }
        List<Path> made = new ArrayList<>();
        for (Path p = path.toAbsolutePath().normalize();
                p != null && !Files.exists(p);
                p = p.getParent()) {
            made.add(p);
        }
        OutputDirectory directory = new OutputDirectory(path, made);
        try {
            Files.createDirectories(path);
            Files.delete(Files.createTempFile(path, ".lora4j", ".tmp"));
            return directory;
        } catch (IOException e) {
            directory.close();
            throw new IOException(
                    path + ": cannot be written to (" + ErrorText.of(e) + "); name another", e);
        }
    }

    Path path() {
        return path;
    }

    @Override
    public void close() {
        for (Path p : made) {
            try {
                Files.deleteIfExists(p);
            } catch (IOException e) {
                return; // it has results in it, and so have those above
            }
        }
    }
}
