/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.text.sample;

import java.io.IOException;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.lora4j.text.TextTokenizer;
import org.lora4j.text.batch.LossOn;
import org.lora4j.text.lines.BlockFile;
import org.lora4j.text.lines.BrokenLines;
import org.lora4j.text.lines.OnBadLine;
import org.lora4j.text.lines.RowEnds;
import org.lora4j.text.lines.SkippedLines;
import org.lora4j.text.lines.TextFileException;
import org.lora4j.text.lines.Utf8Lines;

/**
 * A jsonl file that is read a part at a time, as often as it is asked for, so that it may be larger
 * than memory. What is held of it is where its blocks of about 256 KiB begin.
 *
 * <p>An epoch reads windows of 16 blocks, about 4 MiB, drawn from the whole file by the seed and
 * the epoch. Immutable and safe for concurrent use.
 */
public final class SampleFile {
    private final BlockFile file;
    private final SampleFormat format;
    private final OnBadLine onBadLine;

    private SampleFile(BlockFile file, SampleFormat format, OnBadLine onBadLine) {
        this.file = file;
        this.format = format;
        this.onBadLine = onBadLine;
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
        BlockFile file = BlockFile.open(path, RowEnds.lines(), onBadLine);
        SampleFormat found = new SampleFile(file, format, onBadLine).format();
        return new SampleFile(file, found, onBadLine);
    }

    /** The format that the first readable line tells; looks through the file until it is found. */
    private SampleFormat format() throws IOException {
        BrokenLines broken = new BrokenLines();
        for (int block = 0; block < file.blocks(); block++) {
            List<TrainingSample> samples = new ArrayList<>();
            SampleFormat found = read(block, format, samples, broken);
            if (!broken.isEmpty() && onBadLine == OnBadLine.FAIL) {
                throw broken.refusal(path(), false);
            }
            if (!samples.isEmpty()) {
                return found;
            }
        }
        throw SampleReader.nothing(path(), broken);
    }

    /** Returns where the file is. */
    public Path path() {
        return file.path();
    }

    /** Returns the file's size in bytes. */
    public long size() {
        return file.size();
    }

    /** Returns the number of blocks. */
    public int blocks() {
        return file.blocks();
    }

    /**
     * Returns which blocks are read together, each window's in the file's order.
     *
     * @param seed what the windows are drawn from
     * @param epoch the epoch, from 0
     * @param shuffle whether they are drawn at all; otherwise they follow the file
     */
    public int[][] windows(long seed, int epoch, boolean shuffle) {
        return file.windows(seed, epoch, shuffle);
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
            throw broken.refusal(path(), false);
        }
        return new Part(sequences, samples.size(), broken.lines());
    }

    private SampleFormat read(
            int block, SampleFormat known, List<TrainingSample> samples, BrokenLines broken)
            throws IOException {
        try (Utf8Lines lines = file.lines(block)) {
            return SampleReader.readPart(file.path(), lines, known, samples, broken);
        }
    }
}
