/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

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
import org.junit.jupiter.params.provider.ValueSource;
import org.lora4j.hf.BatchOptions;
import org.lora4j.hf.CausalBatch;
import org.lora4j.hf.CausalDataset;
import org.lora4j.hf.CausalOptions;
import org.lora4j.hf.LoraModel;
import org.lora4j.hf.StreamPosition;
import org.lora4j.hf.StreamedBatches;
import org.lora4j.hf.StreamedCausalDataset;
import org.lora4j.hf.Task;
import org.lora4j.text.OnBadLine;
import org.lora4j.text.SampleFile;
import org.lora4j.text.SampleFormat;

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

    private static StreamedCausalDataset stream(CausalOptions options) throws IOException {
        return StreamedCausalDataset.forTraining(
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
        StreamedCausalDataset stream = stream(options(packing, true));
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
        StreamedCausalDataset stream = stream(options(true, true));
        List<List<Integer>> all = examples(stream.epoch(2).iterator());
        StreamedBatches batches = stream.from(new StreamPosition(2, 0, 0));
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
    @ValueSource(booleans = {true, false})
    void inOneWindowAndInOrderItIsTheDatasetInMemory(boolean packing) throws IOException {
        Path small = write("small.jsonl", 50, 0);
        SampleFile file = SampleFile.open(small, SampleFormat.AUTO, OnBadLine.FAIL);
        Iterator<CausalBatch> streamed =
                StreamedCausalDataset.forEvaluation(model, file, options(packing, true))
                        .epoch(0)
                        .iterator();
        CausalDataset whole = CausalDataset.forEvaluation(model, small, options(packing, true));
        for (CausalBatch batch : whole.epoch(0)) {
            CausalBatch found = streamed.next();
            assertThat(found.packed().ids()).containsExactly(batch.packed().ids());
            assertThat(found.packed().labels()).containsExactly(batch.packed().labels());
            assertThat(found.packed().indices()).containsExactly(batch.packed().indices());
            assertThat(found.ends()).isNotEmpty().isEqualTo(batch.ends());
        }
        assertThat(streamed).isExhausted();
    }

    @Test
    void aBrokenLineIsToldOrSkippedWhenItIsRead() throws IOException {
        Path broken = write("broken.jsonl", 40, 20_000);
        Files.writeString(broken, "{\"text\": 7}\n", StandardOpenOption.APPEND);
        CausalOptions options = options(true, false);
        StreamedCausalDataset failing =
                StreamedCausalDataset.forTraining(
                        model, SampleFile.open(broken, SampleFormat.AUTO, OnBadLine.FAIL), options);
        assertThatThrownBy(() -> examples(failing.epoch(0).iterator()))
                .hasMessageContaining("broken.jsonl, line 41: ");
        StreamedCausalDataset skipping =
                StreamedCausalDataset.forTraining(
                        model, SampleFile.open(broken, SampleFormat.AUTO, OnBadLine.SKIP), options);
        assertThat(examples(skipping.epoch(0).iterator()).stream().flatMap(List::stream))
                .hasSize(40);
        assertThat(skipping.tally().skipped()).isEqualTo(1);
        assertThat(skipping.tally().reason()).startsWith("line 41: ");
    }

    @Test
    void aFileThatWasChangedIsTold() throws IOException {
        Path changing = write("changing.jsonl", 10, 0);
        StreamedCausalDataset stream =
                StreamedCausalDataset.forTraining(
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
