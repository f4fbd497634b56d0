/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import com.google.gson.JsonObject;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.lora4j.hf.BatchOptions;
import org.lora4j.hf.CausalBatch;
import org.lora4j.hf.CausalDataset;
import org.lora4j.hf.CausalOptions;
import org.lora4j.hf.LoraModel;
import org.lora4j.hf.Task;
import org.lora4j.hf.stream.StreamPosition;
import org.lora4j.hf.stream.StreamedBatches;
import org.lora4j.hf.stream.StreamedDataset;
import org.lora4j.testkit.TinyLlama;
import org.lora4j.text.lines.OnBadLine;
import org.lora4j.text.sample.SampleFile;
import org.lora4j.text.sample.SampleFormat;

/** Texts that stay in their file: two windows of blocks, mostly of a member that is not read. */
final class StreamingTest {
    private static final int LINES = 310;

    @TempDir private static Path folder = Path.of("");

    private static Path directory = Path.of("");
    private static Path data = Path.of("");
    private static LoraModel model;

    @BeforeAll
    static void load() throws IOException {
        directory = TinyLlama.write(folder.resolve("model"), 5);
        data = write("data.jsonl", LINES, 20_000);
        model = LoraModel.load(directory, Task.causalLanguageModel());
    }

    @AfterAll
    static void close() {
        model.close();
    }

    private static Path write(String name, int lines, int padding) throws IOException {
        StringBuilder text = new StringBuilder();
        for (int i = 0; i < lines; i++) {
            text.append("{\"text\": \"text ").append("of a line ".repeat(i % 3)).append(i);
            text.append("\", \"other\": \"").append("x".repeat(padding)).append("\"}\n");
        }
        return Files.writeString(folder.resolve(name), text);
    }

    private static CausalOptions options(boolean packing, boolean shuffle) {
        return CausalOptions.defaults()
                .withPacking(packing)
                .withBatches(new BatchOptions(4, 64, false, shuffle, 11));
    }

    private static StreamedDataset<CausalBatch> stream(CausalOptions options) throws IOException {
        return StreamedDataset.forTraining(
                model, SampleFile.open(data, SampleFormat.AUTO, OnBadLine.FAIL), options);
    }

    private static List<List<Integer>> examples(Iterator<CausalBatch> batches) {
        List<List<Integer>> examples = new ArrayList<>();
        batches.forEachRemaining(
                batch -> examples.add(IntStream.of(batch.packed().indices()).boxed().toList()));
        return examples;
    }

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void anEpochHasEachLineOnceInAnOrderOfItsOwn(boolean packing) throws IOException {
        StreamedDataset<CausalBatch> stream = stream(options(packing, true));
        List<List<Integer>> first = examples(stream.epoch(0).iterator());
        assertThat(first.stream().flatMap(List::stream).sorted())
                .containsExactlyElementsOf(IntStream.range(0, LINES).boxed().toList());
        assertThat(examples(stream.epoch(0).iterator())).isEqualTo(first);
        assertThat(examples(stream.epoch(1).iterator())).isNotEqualTo(first);
        assertThat(stream.batchesPerEpoch(0)).isEqualTo(first.size());
        assertThat(stream.tally().samples()).isEqualTo(LINES);
        // a window's lines come from the whole file
        assertThat(first.get(0)).anyMatch(line -> line > LINES / 2);
        assertThat(first.subList(0, 5)).anySatisfy(b -> assertThat(b).anyMatch(i -> i < 100));
    }

    @Test
    void anEpochGoesOnFromEachPosition() throws IOException {
        StreamedDataset<CausalBatch> stream = stream(options(true, true));
        List<List<Integer>> all = examples(stream.epoch(2).iterator());
        StreamedBatches<CausalBatch> batches = stream.from(new StreamPosition(2, 0, 0));
        for (int i = 0; batches.hasNext(); i++) {
            StreamPosition position = batches.position();
            batches.next();
            if (i % 9 == 0) {
                assertThat(examples(stream.from(position))).isEqualTo(all.subList(i, all.size()));
            }
        }
        assertThat(batches.position().window()).isEqualTo(2);
    }

    @ParameterizedTest
    @CsvSource({"true,true", "false,true", "true,false", "false,false"})
    void inOneWindowItIsTheDatasetInMemory(boolean packing, boolean shuffle) throws IOException {
        Path small = write("small.jsonl", 50, 20_000);
        SampleFile file = SampleFile.open(small, SampleFormat.AUTO, OnBadLine.FAIL);
        assertThat(file.blocks()).isGreaterThan(3);
        CausalOptions options = options(packing, shuffle);
        assertEqual(
                StreamedDataset.forTraining(model, file, options),
                CausalDataset.forTraining(model, small, options));
        assertEqual(
                StreamedDataset.forEvaluation(model, file, options),
                CausalDataset.forEvaluation(model, small, options));
    }

    private static void assertEqual(StreamedDataset<CausalBatch> streamed, CausalDataset whole) {
        for (int epoch = 0; epoch < 2; epoch++) {
            Iterator<CausalBatch> batches = streamed.epoch(epoch).iterator();
            for (CausalBatch batch : whole.epoch(epoch)) {
                CausalBatch found = batches.next();
                assertThat(found.packed().ids()).containsExactly(batch.packed().ids());
                assertThat(found.packed().labels()).containsExactly(batch.packed().labels());
                assertThat(found.packed().indices()).containsExactly(batch.packed().indices());
                assertThat(found.ends()).isNotEmpty().isEqualTo(batch.ends());
            }
            assertThat(batches).isExhausted();
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"on", "off"})
    void aFileOfSeveralWindowsIsMeasuredAsInMemory(String packing) throws IOException {
        Path bad = folder.resolve("measured.jsonl");
        Files.writeString(bad, Files.readString(data) + "{\"text\": 7}\n");
        List<Cli.Run> runs = new ArrayList<>();
        for (String stream : new String[] {"on", "off"}) {
            Object[] all = {
                "evaluate",
                "--model",
                directory,
                "--data",
                bad,
                "--packing",
                packing,
                "--stream",
                stream,
                "--max-length",
                "16",
                "--threads",
                "1",
                "--json",
                "--on-bad-line",
                "skip"
            };
            runs.add(Cli.done(all));
            all[all.length - 1] = "fail";
            assertThat(Cli.run(all).err()).contains("measured.jsonl, line 311: 'text' is a number");
        }
        JsonObject on = runs.get(0).json();
        JsonObject off = runs.get(1).json();
        assertThat(on.keySet()).isEqualTo(off.keySet());
        assertThat(on.get("loss").getAsDouble())
                .isCloseTo(off.get("loss").getAsDouble(), within(1e-6));
        String examples = "%,d examples".formatted(LINES);
        assertThat(runs).allMatch(run -> run.err().contains(examples));
        assertThat(runs.get(0).err()).contains("1 lines cannot be read or tokenized");
        assertThat(runs.get(0).err()).contains("longer than 16 tokens and were cut");
    }

    @Test
    void aBrokenLineIsToldOrSkippedWhenItIsRead() throws IOException {
        Path broken = write("broken.jsonl", 40, 20_000);
        Files.writeString(broken, "{\"text\": 7}\n", StandardOpenOption.APPEND);
        CausalOptions options = options(true, false);
        StreamedDataset<CausalBatch> failing =
                StreamedDataset.forTraining(
                        model, SampleFile.open(broken, SampleFormat.AUTO, OnBadLine.FAIL), options);
        assertThatThrownBy(() -> examples(failing.epoch(0).iterator()))
                .hasMessageContaining("broken.jsonl, line 41: ");
        StreamedDataset<CausalBatch> skipping =
                StreamedDataset.forTraining(
                        model, SampleFile.open(broken, SampleFormat.AUTO, OnBadLine.SKIP), options);
        assertThat(examples(skipping.epoch(0).iterator()).stream().flatMap(List::stream))
                .hasSize(40);
        assertThat(skipping.tally().skipped()).isEqualTo(1);
        assertThat(skipping.tally().reason()).startsWith("line 41: ");
    }

    @Test
    void aWindowIsReadAheadAndCountedWhenItIsUsed() throws Exception {
        Path broken = write("ahead.jsonl", LINES, 20_000);
        Files.writeString(broken, "{\"text\": 7}\n", StandardOpenOption.APPEND);
        StreamedDataset<CausalBatch> stream =
                StreamedDataset.forTraining(
                        model,
                        SampleFile.open(broken, SampleFormat.AUTO, OnBadLine.FAIL),
                        options(true, false));
        StreamedBatches<CausalBatch> batches = stream.from(new StreamPosition(0, 0, 0));
        batches.next();
        for (Thread thread : Thread.getAllStackTraces().keySet()) {
            if (thread.getName().equals("lora4j-read-ahead")) {
                thread.join();
            }
        }
        long inFirst = stream.tally().samples();
        assertThat(inFirst).isBetween(1L, LINES - 1L);
        assertThatThrownBy(() -> examples(batches)).hasMessageContaining("line 311: ");
        assertThat(batches.position().window()).isEqualTo(1);
        assertThat(stream.tally().samples()).isEqualTo(inFirst);
    }

    @Test
    void aFileThatWasChangedIsTold() throws IOException {
        Path changing = write("changing.jsonl", 10, 0);
        StreamedDataset<CausalBatch> stream =
                StreamedDataset.forTraining(
                        model,
                        SampleFile.open(changing, SampleFormat.AUTO, OnBadLine.FAIL),
                        options(true, true));
        Files.writeString(changing, "{\"text\": \"more\"}\n", StandardOpenOption.APPEND);
        assertThatThrownBy(() -> examples(stream.epoch(0).iterator()))
                .hasMessageContaining("changing.jsonl: the file was changed");
    }

    @Test
    void theCommandLineStreamsByEpochsAndBySteps() {
        for (String length : new String[] {"--epochs", "--steps"}) {
            Cli.Run run =
                    Cli.done(
                            "train",
                            "--model",
                            directory,
                            "--task",
                            "causal-lm",
                            "--data",
                            data,
                            "--output",
                            folder.resolve("adapter" + length),
                            "--stream",
                            "on",
                            "--max-length",
                            "64",
                            "--batch-size",
                            "16",
                            "--threads",
                            "1",
                            length,
                            "1");
            assertThat(run.out()).contains("streamed in windows", "texts were read");
            assertThat(run.out()).contains(length.equals("--steps") ? "1 steps" : "310 texts");
        }
    }
}
