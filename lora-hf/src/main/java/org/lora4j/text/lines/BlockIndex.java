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
import java.util.ArrayList;
import java.util.List;

/**
 * Where the blocks of a text file begin: runs of whole rows of about {@value #BLOCK_BYTES} bytes.
 * It takes some 30 bytes for a block, 600 kB for a file of 5 GB. Immutable.
 */
public final class BlockIndex {
    public static final int BLOCK_BYTES = 1 << 18;

    /** Where a block begins; the last of all is the end of the file. */
    private record Block(long start, int linesBefore) {}

    private final List<Block> blocks = new ArrayList<>();

    private BlockIndex() {}

    /**
     * Reads a whole file once, without decoding it.
     *
     * @param rows where its rows end
     * @param onLongRow what becomes of a file with a row of more than 64 MiB
     */
    public static BlockIndex of(Path file, RowEnds rows, OnBadLine onLongRow) throws IOException {
        BlockIndex index = new BlockIndex();
        byte[] buffer = new byte[1 << 20];
        long position = 0;
        long rowStart = 0;
        int line = 0;
        int rowLine = 0;
        index.blocks.add(new Block(0, 0));
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
                        if (rowStart - index.end() >= BLOCK_BYTES) {
                            index.blocks.add(new Block(rowStart, line));
                        }
                    }
                }
                position += count;
                if (position - rowStart > Utf8Lines.MAX_LINE_BYTES && onLongRow == OnBadLine.FAIL) {
                    throw tooLong(file, rowLine + 1, line > rowLine);
                }
            }
        }
        if (index.end() < position) {
            index.blocks.add(new Block(position, line));
        }
        return index;
    }

    private static TextFileException tooLong(Path file, int line, boolean severalLines) {
        return severalLines
                ? new TextFileException(
                        file,
                        line,
                        "the row is longer than %s MiB; is the quote of a cell not closed?",
                        Utf8Lines.MAX_LINE_BYTES >> 20)
                : Utf8Lines.tooLong(file, line);
    }

    private static int next(Path file, int line) throws TextFileException {
        if (line == Integer.MAX_VALUE - 1) {
            throw new TextFileException(file, line, "the file has more than 2^31 lines; divide it");
        }
        return line + 1;
    }

    private long end() {
        return start(blocks());
    }

    /** The number of blocks. */
    public int blocks() {
        return blocks.size() - 1;
    }

    /** Where a block begins; that of {@link #blocks} is the file's size. */
    public long start(int block) {
        return blocks.get(block).start();
    }

    /** The lines of the file before a block. */
    public int linesBefore(int block) {
        return blocks.get(block).linesBefore();
    }
}
