/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.text;

import java.io.ByteArrayInputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.lora4j.safetensors.InputFile;

/**
 * A jsonl file that is read a part at a time, as often as it is asked for, so that it may be larger
 * than memory. What is held of it is where its blocks of about 256 KiB begin.
 *
 * <p>An epoch reads windows of {@value #WINDOW_BLOCKS} blocks, about 4 MiB, drawn from the whole
 * file by the seed and the epoch. Immutable and safe for concurrent use.
 */
public final class SampleFile {
    /** The blocks that are in memory together. */
    public static final int WINDOW_BLOCKS = 16;

    private static final int BLOCKS = 5;

    private final Path path;
    private final SampleFormat format;
    private final OnBadLine onBadLine;
    private final BlockIndex index;
    private final BasicFileAttributes opened;

    private SampleFile(
            Path path,
            SampleFormat format,
            OnBadLine onBadLine,
            BlockIndex index,
            BasicFileAttributes opened) {
        this.path = path;
        this.format = format;
        this.onBadLine = onBadLine;
        this.index = index;
        this.opened = opened;
    }

    /**
     * A part of a file, tokenized.
     *
     * @param sequences what is learnt of it, possibly nothing
     * @param samples how many samples it has
     * @param skipped its lines that cannot be read or tokenized; none unless they may be skipped
     */
    public record Part(CausalSequences sequences, int samples, SkippedLines skipped) {}

    /**
     * Reads through a file once to find its blocks, without keeping anything else of it.
     *
     * @param path the file
     * @param format what its lines are like
     * @param onBadLine what becomes of lines that cannot be read or tokenized, when they are read
     * @throws NoSuchFileException if there is no such file
     * @throws TextFileException if it is not text, a line is longer than 64 MiB, it has no line, or
     *     no line shows the format where it is to be found
     * @throws IOException if it cannot be read
     */
    public static SampleFile open(Path path, SampleFormat format, OnBadLine onBadLine)
            throws IOException {
        if (!Files.exists(path)) {
            throw new NoSuchFileException(path.toString(), null, "no such data file");
        }
        InputFile.requireText(path, Long.MAX_VALUE);
        BasicFileAttributes opened = Files.readAttributes(path, BasicFileAttributes.class);
        SampleFile file = new SampleFile(path, format, onBadLine, BlockIndex.of(path), opened);
        SampleFormat found = file.format();
        return new SampleFile(path, found, onBadLine, file.index, opened);
    }

    /** The format that the first readable line tells; looks through the file until it is found. */
    private SampleFormat format() throws IOException {
        BrokenLines broken = new BrokenLines();
        for (int block = 0; block < index.blocks(); block++) {
            List<TrainingSample> samples = new ArrayList<>();
            SampleFormat found = read(block, format, samples, broken);
            if (!broken.isEmpty() && onBadLine == OnBadLine.FAIL) {
                throw refusal(broken, false);
            }
            if (!samples.isEmpty()) {
                return found;
            }
        }
        if (!broken.isEmpty()) {
            throw refusal(broken, true);
        }
        throw new TextFileException(
                path, 0, "the file has no lines; expected one JSON object a line");
    }

    private TextFileException refusal(BrokenLines broken, boolean noneIsLeft) {
        return new TextFileException(
                path, broken.line(), broken.refusal(noneIsLeft), broken.cause());
    }

    /** Returns where the file is. */
    public Path path() {
        return path;
    }

    /** Returns the file's size in bytes. */
    public long size() {
        return index.start(index.blocks());
    }

    /** Returns the number of blocks. */
    public int blocks() {
        return index.blocks();
    }

    /**
     * Returns which blocks are read together, and in which order.
     *
     * @param seed what the order is drawn from
     * @param epoch the epoch, from 0
     * @param shuffle whether it is drawn at all; otherwise it is the file's
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
        }
        return windows;
    }

    /**
     * Reads and tokenizes some blocks.
     *
     * @param blocks which, in their order
     * @param tokenizer the tokenizer; it stays the caller's
     * @param maxLength the most tokens of a sample, at least 2
     * @param lossOn which tokens are learnt
     * @throws TextFileException if a line cannot be read or tokenized and is not to be skipped, or
     *     the file has changed since it was opened
     * @throws IOException if it cannot be read
     */
    public Part tokenize(int[] blocks, TextTokenizer tokenizer, int maxLength, LossOn lossOn)
            throws IOException {
        List<TrainingSample> samples = new ArrayList<>();
        BrokenLines broken = new BrokenLines();
        for (int block : blocks) {
            read(block, format, samples, broken);
        }
        CausalSequences sequences =
                CausalSequences.tokenize(samples, tokenizer, maxLength, lossOn, broken);
        if (!broken.isEmpty() && onBadLine == OnBadLine.FAIL) {
            throw refusal(broken, false);
        }
        return new Part(sequences, samples.size(), broken.lines());
    }

    private SampleFormat read(
            int block, SampleFormat known, List<TrainingSample> samples, BrokenLines broken)
            throws IOException {
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
        try (Utf8Lines lines =
                new Utf8Lines(path, new ByteArrayInputStream(bytes), index.linesBefore(block))) {
            return SampleReader.readPart(path, lines, known, samples, broken);
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
                "the file was changed while it was read from; it had "
                        + opened.size()
                        + " bytes, written at "
                        + opened.lastModifiedTime()
                        + ". Start again, and leave it as it is");
    }
}
