/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import com.google.gson.JsonArray;
import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
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
import org.lora4j.hf.LoraModel;
import org.lora4j.hf.Task;
import org.lora4j.hf.TextBatch;
import org.lora4j.hf.TextDataset;
import org.lora4j.hf.stream.StreamPosition;
import org.lora4j.hf.stream.StreamedBatches;
import org.lora4j.hf.stream.StreamedDataset;
import org.lora4j.testkit.WordBert;
import org.lora4j.text.lines.TextColumns;
import org.lora4j.text.table.TextFile;

/**
 * Labelled texts that stay in their file: three windows of blocks, mostly of a column that is not
 * read, and a file of one window.
 */
final class LabelledStreamingTest {
    private static final List<String> WORDS = List.of("warm", "cold", "rain", "sun", "wind");
    private static final TextColumns COLUMNS = TextColumns.of("text", "label");
    private static final int ROWS = 610;
    private static final int FEW = 90;

    @TempDir private static Path folder = Path.of("");

    private static Path directory = Path.of("");
    private static Path data = Path.of("");
    private static Path small = Path.of("");
    private static LoraModel model;

    @BeforeAll
    static void load() throws IOException {
        directory = folder.resolve("model");
        WordBert.write(directory, WORDS, 5);
        data = write("data.csv", ROWS, 20_000);
        small = write("small.csv", FEW, 20_000);
        model = LoraModel.load(directory, Task.sequenceClassification("neg", "pos", "so"));
    }

    @AfterAll
    static void close() {
        model.close();
    }

    /** Texts of one to nine words; the label goes by the first, the number by the length. */
    private static Path write(String name, int rows, int padding) throws IOException {
        StringBuilder text = new StringBuilder("text,other,number,label\n");
        for (int i = 0; i < rows; i++) {
            int first = i * 7 % WORDS.size();
            text.append('"').append(WORDS.get(first));
            for (int word = 0; word < i % 9; word++) {
                text.append(word % 2 == 0 ? "\n" : ", ").append(WORDS.get((i + word) % 5));
            }
            text.append("\",").append("x".repeat(padding)).append(',').append(i % 9 * 0.25 - 1);
            text.append(',').append(List.of("pos", "neg", "so").get(first % 3)).append('\n');
        }
        return Files.writeString(folder.resolve(name), text);
    }

    private static BatchOptions options(boolean bucketing, boolean shuffle) {
        return new BatchOptions(8, 16, bucketing, shuffle, 11);
    }

    private static StreamedDataset<TextBatch> stream(BatchOptions options) throws IOException {
        return StreamedDataset.forTraining(model, TextFile.open(data, COLUMNS), options);
    }

    private static List<List<Integer>> examples(Iterator<TextBatch> batches) {
        List<List<Integer>> examples = new ArrayList<>();
        batches.forEachRemaining(
                batch -> examples.add(IntStream.of(batch.examples()).boxed().toList()));
        return examples;
    }

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void anEpochHasEachRowOnceInAnOrderOfItsOwn(boolean bucketing) throws IOException {
        StreamedDataset<TextBatch> stream = stream(options(bucketing, true));
        assertThat(stream.isCounted()).isTrue();
        List<List<Integer>> first = examples(stream.epoch(0).iterator());
        assertThat(first.stream().flatMap(List::stream).sorted())
                .containsExactlyElementsOf(IntStream.range(0, ROWS).boxed().toList());
        assertThat(stream.batchesPerEpoch(0)).isEqualTo(first.size());
        assertThat(examples(stream.epoch(0).iterator())).isEqualTo(first);
        List<List<Integer>> second = examples(stream.epoch(1).iterator());
        assertThat(second).isNotEqualTo(first);
        assertThat(stream.batchesPerEpoch(1)).isEqualTo(second.size());
        assertThat(stream.tally().samples()).isEqualTo(ROWS);
        // a window's rows come from the whole file
        List<Integer> begin = first.subList(0, 9).stream().flatMap(List::stream).toList();
        assertThat(begin).anyMatch(row -> row > 400).anyMatch(row -> row < 200);
    }

    @Test
    void anEpochGoesOnFromEachPosition() throws IOException {
        StreamedDataset<TextBatch> stream = stream(options(true, true));
        List<List<Integer>> all = examples(stream.epoch(2).iterator());
        StreamedBatches<TextBatch> batches = stream.from(new StreamPosition(2, 0, 0));
        for (int i = 0; batches.hasNext(); i++) {
            StreamPosition position = batches.position();
            batches.next();
            if (i % 9 == 0) {
                assertThat(examples(stream.from(position))).isEqualTo(all.subList(i, all.size()));
            }
        }
        assertThat(batches.position().window()).isEqualTo(3);
    }

    @ParameterizedTest
    @CsvSource({"true,true", "false,true", "false,false"})
    void inOneWindowItIsTheDatasetInMemory(boolean bucketing, boolean shuffle) throws IOException {
        TextFile file = TextFile.open(small, COLUMNS);
        assertThat(file.blocks()).isGreaterThan(3);
        BatchOptions options = options(bucketing, shuffle);
        assertEqual(
                StreamedDataset.forTraining(model, file, options),
                TextDataset.forTraining(model, small, COLUMNS, options));
        assertEqual(
                StreamedDataset.forEvaluation(model, file, options),
                TextDataset.forEvaluation(model, small, COLUMNS, options));
    }

    private static void assertEqual(StreamedDataset<TextBatch> streamed, TextDataset whole) {
        for (int epoch = 0; epoch < 3; epoch++) {
            assertThat(streamed.batchesPerEpoch(epoch)).isEqualTo(whole.batchesPerEpoch(epoch));
            Iterator<TextBatch> batches = streamed.epoch(epoch).iterator();
            for (TextBatch batch : whole.epoch(epoch)) {
                TextBatch found = batches.next();
                assertThat(found.texts().ids()).containsExactly(batch.texts().ids());
                assertThat(found.targets()).containsExactly(batch.targets());
                assertThat(found.examples()).containsExactly(batch.examples());
            }
            assertThat(batches).isExhausted();
        }
    }

    private static Cli.Run train(Path base, Path from, String output, Object... more) {
        List<Object> all = new ArrayList<>(List.of("train", "--model", base, "--data", from));
        all.addAll(List.of("--text-column", "text", "--threads", "1", "--batch-size", "16"));
        all.addAll(List.of("--output", folder.resolve(output)));
        all.addAll(List.of(more));
        return Cli.run(all.toArray());
    }

    @Test
    void aTrainingInOneWindowIsTheOneInMemoryToTheBit() throws IOException {
        List<byte[]> adapters = new ArrayList<>();
        for (String stream : new String[] {"on", "off"}) {
            String output = "adapter-" + stream;
            Cli.Run run =
                    train(
                            directory,
                            small,
                            output,
                            "--label-column",
                            "label",
                            "--validation",
                            small,
                            "--stream",
                            stream,
                            "--epochs",
                            "2");
            assertThat(run.code()).as(run.err()).isZero();
            assertThat(run.out()).contains("labels: neg, pos, so");
            assertThat(run.out().contains("small.csv: 90 texts were read"))
                    .isEqualTo(stream.equals("on"));
            assertThat(Files.readString(folder.resolve(output).resolve("lora4j.json")))
                    .contains("neg");
            adapters.add(
                    Files.readAllBytes(
                            folder.resolve(output).resolve("adapter_model.safetensors")));
        }
        assertThat(adapters.get(0)).isEqualTo(adapters.get(1));
    }

    private static JsonObject evaluate(Path base, String stream, Path predictions, String label) {
        return Cli.done(
                        "evaluate",
                        "--model",
                        base,
                        "--data",
                        data,
                        "--text-column",
                        "text",
                        "--label-column",
                        label,
                        "--stream",
                        stream,
                        "--batch-size",
                        "16",
                        "--threads",
                        "1",
                        "--predictions",
                        predictions,
                        "--json")
                .json();
    }

    @ParameterizedTest
    @CsvSource({"seq-cls,label", "regression,number"})
    void aFileOfSeveralWindowsIsJudgedAsInMemory(String task, String label) throws IOException {
        Path base = folder.resolve("full-" + task);
        Cli.Run trained =
                train(
                        directory,
                        data,
                        "full-" + task,
                        "--task",
                        task,
                        "--label-column",
                        label,
                        "--method",
                        "full",
                        "--stream",
                        "on",
                        "--steps",
                        "50");
        assertThat(trained.code()).as(trained.err()).isZero();
        Path streamed = folder.resolve(task + "-streamed.jsonl");
        Path whole = folder.resolve(task + "-whole.jsonl");
        JsonObject on = evaluate(base, "on", streamed, label);
        JsonObject off = evaluate(base, "off", whole, label);
        assertThat(on.keySet()).isEqualTo(off.keySet());
        for (String metric : on.keySet()) {
            if (!on.get(metric)
                    .isJsonPrimitive()) { // counts of classes, and what follows from them
                assertThat(on.get(metric)).as(metric).isEqualTo(off.get(metric));
            } else if (!metric.endsWith("_per_second")) {
                assertThat(on.get(metric).getAsDouble())
                        .as(metric)
                        .isCloseTo(
                                off.get(metric).getAsDouble(),
                                // texts that are equal may change their ranks by rounding
                                within(metric.equals("spearman") ? 1e-3 : 1e-5));
            }
        }
        List<String> found = Files.readAllLines(streamed);
        List<String> expected = Files.readAllLines(whole);
        assertThat(found).hasSize(ROWS).hasSameSizeAs(expected);
        assertThat(found.stream().distinct().count()).isGreaterThan(10);
        for (int i = 0; i < ROWS; i++) {
            assertAlike(found.get(i), expected.get(i), task.equals("seq-cls"));
        }
    }

    /** The same text in a batch of others: what is near 0 differs by rounding alone. */
    private static void assertAlike(String found, String expected, boolean names) {
        JsonObject one = JsonParser.parseString(found).getAsJsonObject();
        JsonObject other = JsonParser.parseString(expected).getAsJsonObject();
        if (names) {
            assertThat(one.get("label")).isEqualTo(other.get("label"));
        }
        JsonArray logits = one.getAsJsonArray("logits");
        for (int i = 0; i < logits.size(); i++) {
            assertThat(logits.get(i).getAsDouble())
                    .isCloseTo(other.getAsJsonArray("logits").get(i).getAsDouble(), within(1e-5));
        }
    }

    @Test
    void refusalsAreThoseOfTheDataInMemory() throws IOException {
        Path unknown = folder.resolve("unknown.csv");
        Files.writeString(unknown, Files.readString(small) + "warm,x,1,pos\nwarm,x,1,possibly\n");
        Path broken = folder.resolve("broken.csv");
        Files.writeString(broken, Files.readString(small) + "warm,x,1,pos\nwarm,x,1\n");
        Path one = Files.writeString(folder.resolve("one.csv"), "text,label\na,x\nb,x\n");
        for (Object[] more :
                new Object[][] {
                    {small, "--validation", unknown},
                    {small, "--validation", broken},
                    {broken},
                    {one},
                    {small, "--label-column", "label", "--task", "regression"}
                }) {
            List<String> refusals = new ArrayList<>();
            for (String stream : new String[] {"on", "off"}) {
                List<Object> rest = new ArrayList<>(List.of(more).subList(1, more.length));
                if (!rest.contains("--label-column")) {
                    rest.addAll(List.of("--label-column", "label"));
                }
                rest.addAll(List.of("--stream", stream, "--steps", "1"));
                refusals.add(
                        train(directory, (Path) more[0], "refused", rest.toArray()).refusal(1));
            }
            assertThat(refusals.get(0)).isEqualTo(refusals.get(1)).contains(".csv");
        }
        assertThatThrownBy(
                        () ->
                                StreamedDataset.forEvaluation(
                                        model,
                                        TextFile.open(unknown, COLUMNS),
                                        options(true, true)))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("unknown label 'possibly'");
    }

    @Test
    void cutsAreToldWhenTheFileWasRead() {
        Path headed = folder.resolve("headed");
        train(
                directory,
                small,
                "headed",
                "--label-column",
                "label",
                "--method",
                "full",
                "--steps",
                "1");
        Cli.Run run =
                Cli.done(
                        "evaluate",
                        "--model",
                        headed,
                        "--data",
                        small,
                        "--text-column",
                        "text",
                        "--max-length",
                        "6",
                        "--threads",
                        "1",
                        "--stream",
                        "on",
                        "--predictions",
                        folder.resolve("cut.jsonl"));
        assertThat(run.out())
                .contains("small.csv: 90 texts were read", "60 of them are longer than 6 tokens");
    }
}
