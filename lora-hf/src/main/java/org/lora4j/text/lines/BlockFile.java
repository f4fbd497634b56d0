/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.text.lines;

import java.io.ByteArrayInputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.Arrays;
import org.lora4j.files.InputFile;
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
     * @throws NoSuchFileException if there is no such file
     * @throws TextFileException if it is not text, or a row is longer than 64 MiB
     */
    public static BlockFile open(Path path, RowEnds rows) throws IOException {
        if (!Files.exists(path)) {
            throw new NoSuchFileException(path.toString(), null, "no such data file");
        }
        InputFile.requireText(path, Long.MAX_VALUE);
        BasicFileAttributes opened = Files.readAttributes(path, BasicFileAttributes.class);
        return new BlockFile(path, BlockIndex.of(path, rows), opened);
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
        int[][] windows = new int[(order.length + WINDOW_BLOCKS - 1) / WINDOW_BLOCKS][];
        for (int i = 0; i < windows.length; i++) {
            int from = i * WINDOW_BLOCKS;
            int to = Math.min(order.length, from + WINDOW_BLOCKS);
            windows[i] = Arrays.copyOfRange(order, from, to);
            Arrays.sort(windows[i]); // its texts are shuffled when they are batched
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
        byte[] bytes = new byte[Math.toIntExact(index.start(block + 1) - start)];
        // Not a channel, which would close when the training's thread is interrupted.
        try (RandomAccessFile in = new RandomAccessFile(path.toFile(), "r")) {
            in.seek(start);
            in.readFully(bytes);
        } catch (EOFException e) {
            throw changed();
        }
        return new Utf8Lines(path, new ByteArrayInputStream(bytes), index.linesBefore(block));
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
                ("the file was changed while it was read from; it had %s bytes, written at %s."
                                + " Start again, and leave it as it is")
                        .formatted(opened.size(), opened.lastModifiedTime()));
    }
}
