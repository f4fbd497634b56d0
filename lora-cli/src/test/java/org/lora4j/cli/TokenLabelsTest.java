/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;

import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.stream.IntStream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.lora4j.hf.BatchOptions;
import org.lora4j.hf.LoadOptions;
import org.lora4j.hf.LoraModel;
import org.lora4j.hf.Task;
import org.lora4j.hf.data.TokenDataset;
import org.lora4j.hf.token.TokenBatch;
import org.lora4j.predict.Entity;
import org.lora4j.predict.EntityRecognizer;
import org.lora4j.testkit.WordBert;
import org.lora4j.text.token.LabelledSpan;
import org.lora4j.text.token.TokenSample;

/** Labels of tokens, by the command line and by the classes behind it. */
final class TokenLabelsTest {
    private static final List<String> NAMES = List.of("ada", "bob", "carol");
    private static final List<String> WORDS =
            List.of("in", "went", "to", "rom", "paris", "oslo", "!", "\uD83D\uDE00");

    @TempDir Path folder;
    private Path model = Path.of("");

    @BeforeEach
    void write() throws IOException {
        model = folder.resolve("model");
        List<String> all = new ArrayList<>(NAMES);
        all.addAll(WORDS);
        all.add("##x");
        WordBert.write(model, all, 3);
    }

    /** Texts such as "ada went to rom !", with an emoji before half of them. */
    private Path data(String name, int rows, long seed) throws IOException {
        Random random = new Random(seed);
        StringBuilder lines = new StringBuilder();
        for (int i = 0; i < rows; i++) {
            String start = random.nextBoolean() ? "\uD83D\uDE00 " : "";
            String person = NAMES.get(random.nextInt(3)) + (random.nextBoolean() ? "x bob" : "x");
            String place = List.of("rom", "paris", "oslo").get(random.nextInt(3));
            String text = start + person + " went to " + place + "!";
            int from = start.isEmpty() ? 0 : 2; // in characters, as Python counts them
            int at = from + person.length() + 9;
            lines.append(
                    "{\"text\":\"%s\",\"spans\":[[%d,%d,\"PER\"],[%d,%d,\"LOC\"]]}\n"
                            .formatted(
                                    text, from, from + person.length(), at, at + place.length()));
        }
        return Files.writeString(folder.resolve(name), lines);
    }

    private Path train(String output, Object... more) throws IOException {
        List<Object> all = new ArrayList<>(List.of("train", "--task", "token-cls"));
        all.addAll(List.of("--model", model, "--data", data("train.jsonl", 64, 1)));
        all.addAll(List.of("--threads", "1", "--learning-rate", "2e-2", "--batch-size", "8"));
        all.addAll(List.of("--target-modules", "query,value", "--base-dropout", "off"));
        all.addAll(List.of("--output", folder.resolve(output)));
        all.addAll(List.of(more));
        Cli.Run run = Cli.run(all.toArray());
        assertThat(run.code()).as(run.err()).isZero();
        return folder.resolve(output);
    }

    @Test
    void entitiesAreLearntMeasuredMergedAndFound() throws IOException {
        Path dev = data("dev.jsonl", 20, 2);
        Path adapter =
                train("adapter", "--steps", "40", "--validation", dev, "--best-metric", "f1");
        Path predictions = folder.resolve("p.jsonl");
        Cli.Run run =
                Cli.run(
                        "evaluate",
                        "--model",
                        model,
                        "--adapter",
                        adapter,
                        "--data",
                        dev,
                        "--threads",
                        "1",
                        "--predictions",
                        predictions,
                        "--json");
        assertThat(run.code()).as(run.err()).isZero();
        JsonObject report = run.json();
        assertThat(report.get("f1").getAsDouble()).isEqualTo(1);
        assertThat(report.getAsJsonObject("entities").keySet()).containsExactly("LOC", "PER");
        for (String line : Files.readAllLines(predictions)) {
            JsonObject found = JsonParser.parseString(line).getAsJsonObject();
            found.getAsJsonArray("entities")
                    .forEach(
                            entity -> {
                                JsonObject span = entity.getAsJsonObject();
                                assertThat(span.remove("probability").getAsDouble())
                                        .isBetween(0.5, 1.0);
                                span.remove("text");
                            });
            assertThat(found.get("entities")).isEqualTo(found.get("gold"));
        }
        Path merged = folder.resolve("merged");
        Cli.Run merge =
                Cli.run("merge", "--model", model, "--adapter", adapter, "--output", merged);
        assertThat(merge.code()).as(merge.err()).isZero();
        assertThat(Files.readString(merged.resolve("config.json")))
                .contains("BertForTokenClassification", "B-PER");
        assertThat(Cli.run("inspect", merged).out()).contains("B-PER", "classifier");
        Object[] evaluation = {"evaluate", "--model", merged, "--data", dev, "--json", "--task"};
        Cli.Run again = Cli.run(Cli.with(evaluation, "token-cls"));
        assertThat(again.code()).as(again.err()).isZero();
        assertThat(again.json().get("f1").getAsDouble()).isEqualTo(1);
        assertThat(Cli.run(Cli.with(evaluation, "qa")).refusal(2))
                .contains("--task qa: the model's files say token-cls");
    }

    @Test
    void aResumedTrainingEndsWithTheSameBits() throws IOException {
        Path straight = train("straight", "--steps", "6");
        train("resumed", "--steps", "6", "--save-every", "2");
        Path states = folder.resolve("resumed/checkpoints");
        try (var found = Files.newDirectoryStream(states, "step-*6")) {
            found.forEach(TokenLabelsTest::delete);
        }
        train("resumed", "--steps", "6", "--save-every", "2", "--resume");
        String tensors = "adapter_model.safetensors";
        assertThat(folder.resolve("resumed").resolve(tensors))
                .hasSameBinaryContentAs(straight.resolve(tensors));
    }

    private static void delete(Path directory) {
        try (var files = Files.walk(directory)) {
            files.sorted((a, b) -> b.compareTo(a)).forEach(file -> file.toFile().delete());
        } catch (IOException e) {
            throw new java.io.UncheckedIOException(e);
        }
    }

    @Test
    void longTextsAreReadInWindows() throws IOException {
        Path adapter = train("adapter", "--steps", "40");
        try (LoraModel loaded = LoraModel.load(model, adapter, LoadOptions.defaults())) {
            EntityRecognizer recognizer =
                    EntityRecognizer.builder(loaded).optStride(6).optBatchSize(3).build();
            String one = "\uD83D\uDE00 adax bob went to oslo! ";
            List<Entity> found = recognizer.recognize(one.repeat(9));
            String whole = one.repeat(9);
            assertThat(found)
                    .allSatisfy(
                            entity ->
                                    assertThat(whole.substring(entity.start(), entity.end()))
                                            .isEqualTo(entity.text()));
            assertThat(found.stream().filter(entity -> entity.text().equals("oslo")))
                    .extracting(Entity::start)
                    .containsExactlyElementsOf(
                            IntStream.range(0, 9).mapToObj(i -> i * one.length() + 20).toList());
            assertThat(recognizer.recognize(List.of("", "carolx went to rom!")))
                    .satisfiesExactly(
                            none -> assertThat(none).isEmpty(), two -> assertThat(two).hasSize(2));
        }
    }

    @Test
    void theFirstTokenOfAWordIsLabelled() throws IOException {
        Task task = Task.tokenClassification("O", "B-PER", "I-PER", "L-PER", "U-PER");
        List<TokenSample> samples =
                List.of(
                        new TokenSample.Spans(
                                1, "adax bob !", List.of(new LabelledSpan(0, 8, "PER"))),
                        new TokenSample.Words(2, List.of("carol!x", "in"), List.of("U-PER", "O")));
        try (LoraModel loaded = LoraModel.load(model, task)) {
            TokenDataset data =
                    TokenDataset.forTraining(
                            loaded, samples, "samples", BatchOptions.defaults().withShuffle(false));
            TokenBatch batch = data.epoch(0).iterator().next();
            assertThat(batch.labels()) // [CLS] ada ##x bob ! [SEP]; [CLS] carol ! [UNK] in [SEP]
                    .containsExactly(-100, 1, -100, 3, 0, -100, -100, 4, -100, -100, 0, -100);
            assertThat(batch.count()).isEqualTo(5);
            assertThatIllegalStateException()
                    .isThrownBy(() -> EntityRecognizer.of(loaded).recognize("ada"))
                    .withMessageContaining("classifier");
        }
    }
}
