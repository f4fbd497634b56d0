/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.text.lines;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;

/**
 * Where the blocks of a text file begin: runs of whole rows of about {@value #BLOCK_BYTES} bytes.
 * It takes 12 bytes for a block, 240 kB for a file of 5 GB. Immutable.
 */
public final class BlockIndex {
    public static final int BLOCK_BYTES = 1 << 18;

    private long[] starts = new long[16];
    private int[] lines = new int[16];
    private int blocks;

    private BlockIndex() {}

    /** Reads a whole file once, without decoding it. */
    public static BlockIndex of(Path file, RowEnds rows) throws IOException {
        BlockIndex index = new BlockIndex();
        byte[] buffer = new byte[1 << 20];
        long position = 0;
        long rowStart = 0;
        int line = 0;
        int rowLine = 0;
        index.add(0, 0);
        try (InputStream in = Files.newInputStream(file)) {
            for (int count = in.read(buffer); count >= 0; count = in.read(buffer)) {
                for (int i = 0; i < count; i++) {
                    boolean ends = rows.ends(buffer[i]);
                    if (buffer[i] == '\n') {
                        line = next(file, line);
                    }
                    if (ends) {
                        rowStart = position + i + 1;
                        rowLine = line;
                        if (rowStart - index.starts[index.blocks - 1] >= BLOCK_BYTES) {
                            index.add(rowStart, line);
                        }
                    }
                }
                position += count;
                if (position - rowStart > Utf8Lines.MAX_LINE_BYTES) {
                    throw tooLong(file, rowLine + 1, line > rowLine);
                }
            }
        }
        index.end(position, line);
        return index;
    }

    private static TextFileException tooLong(Path file, int line, boolean severalLines) {
        return severalLines
                ? new TextFileException(
                        file,
                        line,
                        "the row is longer than %s MiB; is the quote of a cell not closed?"
                                .formatted(Utf8Lines.MAX_LINE_BYTES >> 20))
                : Utf8Lines.tooLong(file, line);
    }

    private static int next(Path file, int line) throws TextFileException {
        if (line == Integer.MAX_VALUE - 1) {
            throw new TextFileException(file, line, "the file has more than 2^31 lines; divide it");
        }
        return line + 1;
    }

    private void add(long start, int before) {
        if (blocks == starts.length) {
            starts = Arrays.copyOf(starts, 2 * blocks);
            lines = Arrays.copyOf(lines, 2 * blocks);
        }
        starts[blocks] = start;
        lines[blocks++] = before;
    }

    private void end(long size, int line) {
        if (starts[blocks - 1] < size) {
            add(size, line);
        }
    }

    /** The number of blocks. */
    public int blocks() {
        return blocks - 1;
    }

    /** Where a block begins; that of {@link #blocks} is the file's size. */
    public long start(int block) {
        return starts[block];
    }

    /** The lines of the file before a block. */
    public int linesBefore(int block) {
        return lines[block];
    }
}
