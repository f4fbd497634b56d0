/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.files;

import java.io.IOException;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;

/**
 * A file that grows by whole lines or records. Each is handed to the system in one call, so that a
 * reader, or a process that is killed, never leaves half of one. Not thread-safe.
 */
public final class AppendedFile implements AutoCloseable {
    private final Path path;
    private final OutputStream out;
    private long length;

    private AppendedFile(Path path, OutputStream out, long length) {
        this.path = path;
        this.out = out;
        this.length = length;
    }

    /**
     * Creates a file, or replaces the one that is there.
     *
     * @param path the file; its directory must exist
     * @return the file, empty
     * @throws IOException if it cannot be written
     */
    public static AppendedFile create(Path path) throws IOException {
        // A stream, since a channel closes when the training's thread is interrupted.
        return new AppendedFile(path, Files.newOutputStream(path), 0);
    }

    /**
     * Continues a file behind its first bytes; what follows them is cut off.
     *
     * @param path the file
     * @param length the bytes to keep, as {@link #length} gave them
     * @return the file
     * @throws IOException if there is no such file, it is shorter, or it cannot be written
     */
    public static AppendedFile resume(Path path, long length) throws IOException {
        long found = Files.size(path);
        if (length < 0 || found < length) {
            throw new IOException(
                    "%s: has %d bytes; expected at least the %d after which it is to be continued"
                            .formatted(path, found, length));
        }
        Uninterrupted.call(
                () -> {
                    try (FileChannel channel = FileChannel.open(path, StandardOpenOption.WRITE)) {
                        channel.truncate(length);
                        channel.force(true);
                        return path;
                    }
                });
        return new AppendedFile(
                path,
                Files.newOutputStream(path, StandardOpenOption.WRITE, StandardOpenOption.APPEND),
                length);
    }

    /**
     * Appends bytes.
     *
     * @param bytes a line or a record
     * @throws UncheckedIOException naming the file, if it cannot be written
     */
    public void write(byte[] bytes) {
        try {
            out.write(bytes);
        } catch (IOException e) {
            throw new UncheckedIOException(path + ": cannot be written: " + e.getMessage(), e);
        }
        length += bytes.length;
    }

    /**
     * Appends text as UTF-8.
     *
     * @param text a line with its end
     * @throws UncheckedIOException naming the file, if it cannot be written
     */
    public void write(String text) {
        write(text.getBytes(StandardCharsets.UTF_8));
    }

    /**
     * Returns the bytes of the file so far, after which {@link #resume} can continue it.
     *
     * @return its length
     */
    public long length() {
        return length;
    }

    /**
     * Returns the file's path.
     *
     * @return the path
     */
    public Path path() {
        return path;
    }

    /** Closes the file; once more does nothing. */
    @Override
    public void close() {
        try {
            out.close();
        } catch (IOException e) {
            throw new UncheckedIOException("cannot close " + path, e);
        }
    }
}
