/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.text.sample;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.lora4j.text.lines.BlockFile;
import org.lora4j.text.lines.BlockIndex;
import org.lora4j.text.lines.BrokenLines;
import org.lora4j.text.lines.OnBadLine;
import org.lora4j.text.lines.RowEnds;
import org.lora4j.text.lines.TextFileException;
import org.lora4j.text.lines.Utf8Lines;

final class SampleFileTest {
    @TempDir private Path directory = Path.of("");

    private Path write(String text) throws IOException {
        return Files.writeString(directory.resolve("data.jsonl"), text);
    }

    @Test
    void blocksAreWholeLinesAndCoverTheFile() throws IOException {
        StringBuilder text = new StringBuilder("\uFEFF");
        for (int i = 0; i < 9000; i++) {
            text.append("{\"text\": \"é ").append("x".repeat(i % 211)).append("\"}\n");
        }
        text.append("{\"text\": \"").append("y".repeat(2 * BlockIndex.BLOCK_BYTES)).append("\"}");
        Path file = write(text.toString());
        byte[] bytes = text.toString().getBytes(StandardCharsets.UTF_8);
        BlockIndex index = BlockIndex.of(file, RowEnds.lines(), OnBadLine.FAIL);
        assertThat(index.blocks()).isGreaterThan(3);
        assertThat(index.start(0)).isZero();
        assertThat(index.start(index.blocks())).isEqualTo(bytes.length);
        for (int block = 1; block < index.blocks(); block++) {
            int start = (int) index.start(block);
            assertThat(bytes[start - 1]).isEqualTo((byte) '\n');
            assertThat(start - index.start(block - 1))
                    .isGreaterThanOrEqualTo(BlockIndex.BLOCK_BYTES);
            long before = IntStream.range(0, start).filter(i -> bytes[i] == '\n').count();
            assertThat(index.linesBefore(block)).isEqualTo((int) before);
        }
    }

    @Test
    void windowsHoldEachBlockOnceAndDependOnSeedAndEpoch() throws IOException {
        String line = "{\"text\": \"" + "x".repeat(1000) + "\"}\n";
        SampleFile file =
                SampleFile.open(write(line.repeat(9000)), SampleFormat.AUTO, OnBadLine.FAIL);
        int[][] windows = file.windows(7, 0, true);
        assertThat(windows.length).isEqualTo((file.blocks() + 15) / 16);
        int[] all = Arrays.stream(windows).flatMapToInt(Arrays::stream).sorted().toArray();
        assertThat(all).containsExactly(IntStream.range(0, file.blocks()).toArray());
        assertThat(file.windows(7, 0, true)).isDeepEqualTo(windows);
        assertThat(file.windows(7, 1, true)[0]).isNotEqualTo(windows[0]);
        assertThat(file.windows(8, 0, true)[0]).isNotEqualTo(windows[0]);
        assertThat(file.windows(7, 1, false)[0]).containsExactly(IntStream.range(0, 16).toArray());
    }

    @Test
    void aLineThatIsTooLongIsSkippedLikeAnyBrokenOne() throws IOException {
        Path file = directory.resolve("long.jsonl");
        byte[] part = "x".repeat(1 << 20).getBytes(StandardCharsets.UTF_8);
        try (OutputStream out = Files.newOutputStream(file)) {
            out.write("{\"text\": \"a\"}\n{\"text\": \"".getBytes(StandardCharsets.UTF_8));
            for (int i = 0; i < 65; i++) {
                out.write(part);
            }
            out.write("\"}\n{\"text\": \"b\"}\n".getBytes(StandardCharsets.UTF_8));
        }
        TrainingSamples read = SampleReader.read(file, SampleFormat.AUTO, OnBadLine.SKIP);
        assertThat(read.samples()).containsExactly(new PlainText(1, "a"), new PlainText(3, "b"));
        assertThat(read.skipped().first()).containsExactly(2);
        assertThat(read.skipped().reason()).contains("longer than 64 MiB");
        assertThatThrownBy(() -> SampleReader.read(file, SampleFormat.AUTO, OnBadLine.FAIL))
                .hasMessageContaining("long.jsonl, line 2: the line is longer than 64 MiB");
        assertThatThrownBy(() -> SampleFile.open(file, SampleFormat.AUTO, OnBadLine.FAIL))
                .hasMessageContaining("long.jsonl, line 2: the line is longer than 64 MiB");
        BlockFile blocks = BlockFile.open(file, RowEnds.lines(), OnBadLine.SKIP);
        assertThat(blocks.blocks()).isEqualTo(2);
        BrokenLines broken = new BrokenLines();
        List<TrainingSample> samples = new ArrayList<>();
        for (int block = 0; block < 2; block++) {
            try (Utf8Lines lines = blocks.lines(block)) {
                SampleReader.readPart(file, lines, SampleFormat.TEXT, samples, broken);
            }
        }
        assertThat(samples).isEqualTo(read.samples());
        assertThat(broken.lines()).isEqualTo(read.skipped());
        assertThat(SampleFile.open(file, SampleFormat.AUTO, OnBadLine.SKIP).blocks()).isEqualTo(2);
    }

    @Test
    void whatIsWrongWithAFileIsTold() throws IOException {
        Path empty = write("\n \n");
        assertThatThrownBy(() -> SampleFile.open(empty, SampleFormat.AUTO, OnBadLine.SKIP))
                .isInstanceOf(TextFileException.class)
                .hasMessageContaining("no lines");
        Path broken = write("{\"text\": \"a\"}\n{\"text\": 7}\n");
        assertThatThrownBy(() -> SampleFile.open(broken, SampleFormat.AUTO, OnBadLine.FAIL))
                .isInstanceOf(TextFileException.class)
                .hasMessageContaining("data.jsonl, line 2: ");
        SampleFile.open(broken, SampleFormat.AUTO, OnBadLine.SKIP);
        Path none = write("{\"text\": 6}\n{\"text\": 7}\n");
        assertThatThrownBy(() -> SampleFile.open(none, SampleFormat.AUTO, OnBadLine.SKIP))
                .isInstanceOf(TextFileException.class)
                .hasMessageContaining("line 1", "without them no line is left");
        assertThatThrownBy(
                        () ->
                                SampleFile.open(
                                        directory.resolve("absent"),
                                        SampleFormat.AUTO,
                                        OnBadLine.FAIL))
                .hasMessageContaining("no such data file");
    }
}
