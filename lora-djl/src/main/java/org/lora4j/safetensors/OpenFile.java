/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.safetensors;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.channels.ClosedByInterruptException;
import java.nio.channels.FileChannel;
import java.nio.file.FileSystemException;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/**
 * An open file that is read, not mapped: a mapped page that another process cuts off kills the JVM,
 * and mapped pages count as this process's memory. Thread-safe.
 */
final class OpenFile implements AutoCloseable {
    private final Path path;
    private final FileChannel channel;

    OpenFile(Path path, FileChannel channel) {
        this.path = path;
        this.channel = channel;
    }

    /**
     * Fills a buffer.
     *
     * @param target what is filled, from its position to its limit
     * @param position the first byte's place in the file
     * @param tensor the tensor that is read, for the message
     * @throws InvalidSafeTensorsException if the file has become shorter
     */
    void fill(ByteBuffer target, long position, @Nullable String tensor) throws IOException {
        boolean interrupted = Thread.interrupted(); // with the flag set, the channel would close
        try {
            read(target, position, tensor);
        } catch (ClosedByInterruptException e) {
            FileSystemException named =
                    new FileSystemException(
                            path.toString(), null, "the thread was interrupted while it read");
            named.initCause(e);
            throw named;
        } finally {
            if (interrupted) {
                Thread.currentThread().interrupt();
            }
        }
    }

    private void read(ByteBuffer target, long position, @Nullable String tensor)
            throws IOException {
        if (!channel.isOpen()) {
            throw new IllegalStateException(path + " is closed");
        }
        long at = position;
        while (target.hasRemaining()) {
            int count = channel.read(target, at);
            if (count < 0) {
                throw new InvalidSafeTensorsException(
                        path, tensor, "the file as it was opened", "a shorter one");
            }
            at += count;
        }
    }

    @Override
    public void close() {
        try {
            channel.close();
        } catch (IOException e) {
            throw new UncheckedIOException(path + ": cannot be closed", e);
        }
    }
}
