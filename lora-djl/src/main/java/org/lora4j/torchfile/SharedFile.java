/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.torchfile;

import java.io.Closeable;
import java.io.IOException;
import java.io.InputStream;
import java.io.RandomAccessFile;
import java.nio.file.Path;

/**
 * An open file that any number of streams read by position. Not a channel, which closes for all of
 * them when a thread that reads is interrupted. Thread-safe.
 */
final class SharedFile implements Closeable {
    private final RandomAccessFile file;
    private final Object turn = new Object();

    SharedFile(Path path) throws IOException {
        file = new RandomAccessFile(path.toFile(), "r");
    }

    long size() throws IOException {
        return file.length();
    }

    private int read(byte[] target, int offset, int length, long position) throws IOException {
        synchronized (turn) {
            file.seek(position);
            return file.read(target, offset, length);
        }
    }

    /** The file from some byte on. */
    InputStream from(long position) {
        return new InputStream() {
            private long next = position;

            @Override
            public int read() throws IOException {
                byte[] one = new byte[1];
                return read(one, 0, 1) < 0 ? -1 : one[0] & 0xff;
            }

            @Override
            public int read(byte[] target, int offset, int length) throws IOException {
                int count = SharedFile.this.read(target, offset, length, next);
                next += Math.max(0, count);
                return count;
            }
        };
    }

    @Override
    public void close() throws IOException {
        file.close();
    }
}
