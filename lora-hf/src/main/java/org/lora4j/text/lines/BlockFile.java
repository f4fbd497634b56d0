/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.text.lines;

import java.io.ByteArrayInputStream;
import java.io.EOFException;
import java.io.FileInputStream;
import java.io.FilterInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.RandomAccessFile;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.Arrays;
import org.lora4j.files.InputFile;
import org.lora4j.files.Opened;
import org.lora4j.text.batch.BatchPlanner;
import org.lora4j.text.batch.CounterShuffle;

/**
 * A text file that is read a block at a time, as often as it is asked for. What is held of it is
 * where its blocks begin. Immutable and safe for concurrent use.
 */
public final class BlockFile {
    /** The blocks that are in memory together: about 4 MiB. */
    static final int WINDOW_BLOCKS = 16;

    private static final int BLOCKS = 5;

    private final Path path;
    private final BlockIndex index;
    private final BasicFileAttributes opened;

    private BlockFile(Path path, BlockIndex index, BasicFileAttributes opened) {
        this.path = path;
        this.index = index;
        this.opened = opened;
    }

    /**
     * Reads through a file once to find its blocks.
     *
     * @param rows where its rows end
     * @param onLongRow what becomes of a file with a row of more than 64 MiB
     * @throws NoSuchFileException if there is no such file
     * @throws TextFileException if it is not text, or a row is too long and not to be skipped
     */
    public static BlockFile open(Path path, RowEnds rows, OnBadLine onLongRow) throws IOException {
        if (!Files.exists(path)) {
            throw new NoSuchFileException(path.toString(), null, "no such data file");
        }
        InputFile.requireText(path, Long.MAX_VALUE);
        BasicFileAttributes opened = Files.readAttributes(path, BasicFileAttributes.class);
        return new BlockFile(path, BlockIndex.of(path, rows, onLongRow), opened);
    }

    public Path path() {
        return path;
    }

    /** Returns the file's size in bytes. */
    public long size() {
        return index.start(index.blocks());
    }

    public int blocks() {
        return index.blocks();
    }

    /**
     * Returns which blocks are read together, each window's in the file's order.
     *
     * @param seed what the windows are drawn from
     * @param epoch the epoch, from 0
     * @param shuffle whether they are drawn at all; otherwise they follow the file
     */
    public int[][] windows(long seed, int epoch, boolean shuffle) {
        int[] order = new int[index.blocks()];
        Arrays.setAll(order, block -> block);
        if (shuffle) {
            order = CounterShuffle.of(seed, epoch, BLOCKS).permutation(order.length);
        }
        int[][] windows = BatchPlanner.cut(order, WINDOW_BLOCKS);
        for (int[] window : windows) {
            Arrays.sort(window); // its texts are shuffled when they are batched
        }
        return windows;
    }

    /**
     * Reads a block.
     *
     * @throws TextFileException if the file has changed since it was opened
     */
    public Utf8Lines lines(int block) throws IOException {
        requireUnchanged();
        long start = index.start(block);
        long size = index.start(block + 1) - start;
        if (size > Utf8Lines.MAX_LINE_BYTES) { // with a row that is too long to be held
            InputStream in = new FileInputStream(path.toFile());
            return Opened.orClose(
                    in,
                    () -> {
                        in.skipNBytes(start);
                        return new Utf8Lines(path, new Head(in, size), index.linesBefore(block));
                    });
        }
        byte[] bytes = new byte[(int) size];
        // Not a channel, which would close when the training's thread is interrupted.
        try (RandomAccessFile in = new RandomAccessFile(path.toFile(), "r")) {
            in.seek(start);
            in.readFully(bytes);
        } catch (EOFException e) {
            throw changed();
        }
        return new Utf8Lines(path, new ByteArrayInputStream(bytes), index.linesBefore(block));
    }

    /** The first bytes of a stream. */
    private static final class Head extends FilterInputStream {
        private long left;

        Head(InputStream in, long size) {
            super(in);
            left = size;
        }

        @Override
        public int read(byte[] target, int offset, int length) throws IOException {
            int count = left == 0 ? -1 : in.read(target, offset, (int) Math.min(length, left));
            left -= Math.max(count, 0);
            return count;
        }
    }

    private void requireUnchanged() throws IOException {
        BasicFileAttributes now = Files.readAttributes(path, BasicFileAttributes.class);
        if (now.size() != opened.size()
                || !now.lastModifiedTime().equals(opened.lastModifiedTime())) {
            throw changed();
        }
    }

    private TextFileException changed() {
        return new TextFileException(
                path,
                0,
                "the file was changed while it was read from; it had %s bytes, written at %s. Start"
                        + " again, and leave it as it is",
                opened.size(),
                opened.lastModifiedTime());
    }
}
