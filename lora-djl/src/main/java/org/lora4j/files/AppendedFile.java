/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.files;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.io.RandomAccessFile;
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
    private final ByteArrayOutputStream pending = new ByteArrayOutputStream();
    private long written;
    private boolean torn;
    private boolean closed;

    private AppendedFile(Path path, OutputStream out, long written) {
        this.path = path;
        this.out = out;
        this.written = written;
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
        Files.newOutputStream(path).close();
        return reopen(path);
    }

    /**
     * Opens a file at its end, or creates it.
     *
     * @param path the file; its directory must exist
     * @return the file
     * @throws IOException if it cannot be written
     */
    public static AppendedFile reopen(Path path) throws IOException {
        OutputStream out =
                Files.newOutputStream(path, StandardOpenOption.CREATE, StandardOpenOption.APPEND);
        return new AppendedFile(path, out, Files.size(path));
    }

    /**
     * Cuts the file off behind its first bytes.
     *
     * @param kept the bytes to keep, as {@link #length} gave them
     * @return whether there were as many
     * @throws UncheckedIOException naming the file, if it cannot be cut off or written
     */
    public boolean truncate(long kept) {
        try {
            flush();
            if (kept < written) {
                cut(kept);
                written = kept;
            }
        } catch (IOException e) {
            throw cannotWrite(e);
        }
        return kept == written;
    }

    /**
     * Cuts a file of lines off behind those that it had at one time. Where it is not the file of
     * that time, its whole lines stay.
     *
     * @param kept the bytes to keep, as {@link #length} gave them
     * @return whether there were as many, and they end a line
     * @throws UncheckedIOException naming the file, if it cannot be cut off or written
     */
    public boolean truncateLines(long kept) {
        try {
            flush();
            if (kept >= 0 && kept <= written && endOfLine(kept) == kept) {
                return truncate(kept);
            }
            truncate(endOfLine(written));
            return false;
        } catch (IOException e) {
            throw cannotWrite(e);
        }
    }

    /** Returns the end of the last whole line in the first bytes. */
    private long endOfLine(long bytes) throws IOException {
        return Uninterrupted.call(
                () -> {
                    try (RandomAccessFile file = new RandomAccessFile(path.toFile(), "r")) {
                        long end = bytes;
                        for (; end > 0; end--) {
                            file.seek(end - 1);
                            if (file.read() == '\n') {
                                break;
                            }
                        }
                        return end;
                    }
                });
    }

    private void cut(long kept) throws IOException {
        Uninterrupted.call(
                () -> {
                    try (FileChannel channel = FileChannel.open(path, StandardOpenOption.WRITE)) {
                        return channel.truncate(kept);
                    }
                });
    }

    /**
     * Appends bytes.
     *
     * @param bytes a line or a record
     * @throws UncheckedIOException naming the file, if it cannot be written; the next call, or
     *     closing, tries again
     */
    public void write(byte[] bytes) {
        pending.write(bytes, 0, bytes.length);
        try {
            flush();
        } catch (IOException e) {
            throw cannotWrite(e);
        }
    }

    private void flush() throws IOException {
        if (pending.size() == 0) {
            return;
        }
        if (torn) {
            cut(written); // a part of what could not be written may be there
        }
        torn = true;
        pending.writeTo(out);
        torn = false;
        written += pending.size();
        pending.reset();
    }

    /** Writes what is left, or at least leaves no part of it. */
    private void flushOrCut() throws IOException {
        try {
            flush();
        } catch (IOException e) {
            try {
                cut(written);
            } catch (IOException again) {
                e.addSuppressed(again);
            }
            throw e;
        }
    }

    private UncheckedIOException cannotWrite(IOException e) {
        return new UncheckedIOException(path + ": cannot be written: " + e.getMessage(), e);
    }

    /**
     * Appends text as UTF-8.
     *
     * @param text a line with its end
     * @throws UncheckedIOException naming the file, if it cannot be written; the next call, or
     *     closing, tries again
     */
    public void write(String text) {
        write(text.getBytes(StandardCharsets.UTF_8));
    }

    /**
     * Returns the bytes so far, those that could not be written yet included.
     *
     * @return its length
     */
    public long length() {
        return written + pending.size();
    }

    /**
     * Returns the file's path.
     *
     * @return the path
     */
    public Path path() {
        return path;
    }

    /** Writes what is left, and closes the file; once more does nothing. */
    @Override
    public void close() {
        if (closed) {
            return;
        }
        closed = true;
        try (out) {
            flushOrCut();
        } catch (IOException e) {
            throw new UncheckedIOException("cannot close " + path, e);
        }
    }
}
