/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import com.google.gson.JsonArray;
import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.lora4j.hf.LoadOptions;
import org.lora4j.hf.LoraModel;
import org.lora4j.predict.Entity;
import org.lora4j.predict.EntityRecognizer;
import org.lora4j.predict.QuestionAnswerer;
import org.lora4j.testkit.TinyLlama;
import org.lora4j.testkit.WordBert;
import org.lora4j.text.question.Answer;

/** What models of every task make of a file's rows. */
final class PredictTest {
    private static final String EMOJI = "\uD83D\uDE00";
    private static final List<String> WORDS = List.of("ada", "bob", "rome", "good", "bad", EMOJI);

    @TempDir Path folder;
    private Path model = Path.of("");
    private Path output = Path.of("");

    @BeforeEach
    void write() throws IOException {
        model = folder.resolve("model");
        output = folder.resolve("out.jsonl");
        WordBert.write(model, WORDS, 3);
    }

    private Path file(String name, String... lines) throws IOException {
        return Files.writeString(folder.resolve(name), String.join("\n", lines) + "\n");
    }

    /** Trains for a few steps, so that no head is as it was drawn. */
    private Path train(String task, Path data, String... columns) {
        List<Object> all = new ArrayList<>(List.of("train", "--task", task, "--model", model));
        all.addAll(List.of("--data", data, "--steps", "3", "--learning-rate", "0.1"));
        all.addAll(List.of("--output", folder.resolve("adapter"), "--overwrite", "--threads", "1"));
        all.addAll(List.of(columns));
        Cli.done(all.toArray());
        return folder.resolve("adapter");
    }

    private List<JsonObject> lines(Path file) throws IOException {
        return Files.readAllLines(file).stream()
                .map(line -> JsonParser.parseString(line).getAsJsonObject())
                .toList();
    }

    private List<JsonObject> predict(Path data, Object... more) throws IOException {
        List<Object> all = new ArrayList<>(List.of("predict", "--data", data, "--output", output));
        all.addAll(List.of("--threads", "1"));
        all.addAll(List.of(more));
        Cli.done(all.toArray());
        return lines(output);
    }

    private List<JsonObject> logits(Path adapter, Path data, String... columns) throws IOException {
        Path predictions = folder.resolve("evaluated.jsonl");
        List<Object> all = new ArrayList<>(List.of("evaluate", "--model", model));
        all.addAll(List.of("--adapter", adapter, "--data", data, "--predictions", predictions));
        all.addAll(List.of(columns));
        Cli.done(all.toArray());
        return lines(predictions);
    }

    private static double logit(JsonObject line, int index) {
        return line.getAsJsonArray("logits").get(index).getAsDouble();
    }

    private static double sigmoid(double logit) {
        return 1 / (1 + Math.exp(-logit));
    }

    @Test
    void manyRowsAreLabelledInTheirOrder() throws IOException {
        Path data = file("t.tsv", "a\tb\tlabel", "good\tada\tx", "bad\trome\ty", "bob\tbad\tz");
        String[] columns = {"--text-column", "a", "--text-pair-column", "b"};
        Path adapter =
                train(
                        "seq-cls",
                        data,
                        "--text-column",
                        "a",
                        "--text-pair-column",
                        "b",
                        "--label-column",
                        "label");
        Random random = new Random(5);
        List<String> rows = new ArrayList<>(List.of("b,id,a"));
        for (int i = 0; i < 50; i++) {
            String words = (WORDS.get(random.nextInt(6)) + " ").repeat(1 + random.nextInt(5));
            rows.add("\"%s, \"\"%d\"\"\",%d,%s".formatted(words, i, i, WORDS.get(i % 6)));
        }
        Path texts = file("texts.csv", rows.toArray(String[]::new));
        List<JsonObject> found =
                predict(
                        texts,
                        "--model",
                        model,
                        "--adapter",
                        adapter,
                        "--text-column",
                        "a",
                        "--text-pair-column",
                        "b",
                        "--batch-size",
                        2); // four parts of 16 rows
        List<JsonObject> evaluated = logits(adapter, texts, columns);
        assertThat(found).hasSize(50);
        for (int i = 0; i < 50; i++) {
            JsonObject line = found.get(i);
            assertThat(line.keySet()).containsExactly("a", "b", "prediction", "probabilities");
            assertThat(line.get("a").getAsString()).isEqualTo(WORDS.get(i % 6));
            assertThat(line.get("b").getAsString()).endsWith(" , \"" + i + "\"");
            assertThat(line.get("prediction")).isEqualTo(evaluated.get(i).get("label"));
            double sum = 0;
            for (int c = 0; c < 3; c++) {
                sum += Math.exp(logit(evaluated.get(i), c));
            }
            JsonObject probabilities = line.getAsJsonObject("probabilities");
            assertThat(probabilities.keySet()).containsExactly("x", "y", "z");
            for (int c = 0; c < 3; c++) {
                assertThat(probabilities.get("xyz".substring(c, c + 1)).getAsDouble())
                        .isCloseTo(Math.exp(logit(evaluated.get(i), c)) / sum, within(1e-5));
            }
        }
        assertThat(found.stream().map(line -> line.get("prediction")).distinct().count())
                .isGreaterThan(1);
    }

    @Test
    void severalLabelsNumbersAndRelevancesAreToldAsSuch() throws IOException {
        Path several = file("s.tsv", "text\tlabel", "good bad\tx|y", "ada\t|", "bad\ty");
        Path adapter =
                train("multi-label", several, "--text-column", "text", "--label-column", "label");
        Path texts = file("texts.jsonl", "{\"text\": \"good bad\"}", "", "{\"text\": \"ada\"}");
        List<JsonObject> found = predict(texts, "--model", model, "--adapter", adapter);
        List<JsonObject> expected = logits(adapter, texts, "--text-column", "text");
        for (int i = 0; i < 2; i++) {
            JsonArray likely = new JsonArray();
            for (int c = 0; c < 2; c++) {
                String label = c == 0 ? "x" : "y";
                double probability = sigmoid(logit(expected.get(i), c));
                assertThat(found.get(i).getAsJsonObject("probabilities").get(label).getAsDouble())
                        .isCloseTo(probability, within(1e-5));
                if (probability > 0.5) {
                    likely.add(label);
                }
            }
            assertThat(found.get(i).get("prediction")).isEqualTo(likely);
        }
        Path numbers = file("n.tsv", "text\tlabel", "good\t2.5", "bad\t-1");
        adapter = train("regression", numbers, "--text-column", "text", "--label-column", "label");
        found = predict(texts, "--model", model, "--adapter", adapter);
        expected = logits(adapter, texts, "--text-column", "text");
        assertThat(found.get(1).get("prediction").getAsDouble())
                .isCloseTo(logit(expected.get(1), 0), within(1e-5));
        assertThat(found.get(1).has("probabilities")).isFalse();
        Path ranks = file("r.tsv", "query\tdocument\tlabel", "ada\tgood\t1", "ada\tbad\t0");
        String[] columns = {"--text-column", "query", "--text-pair-column", "document"};
        adapter =
                train(
                        "rerank",
                        ranks,
                        "--text-column",
                        "query",
                        "--text-pair-column",
                        "document",
                        "--label-column",
                        "label");
        found = predict(ranks, "--model", model, "--adapter", adapter);
        expected = logits(adapter, ranks, columns);
        assertThat(found).hasSize(2);
        assertThat(found.get(0).keySet()).containsExactly("query", "document", "prediction");
        for (int i = 0; i < 2; i++) {
            assertThat(found.get(i).get("prediction").getAsDouble())
                    .isCloseTo(sigmoid(logit(expected.get(i), 0)), within(1e-5));
        }
    }

    @Test
    void entitiesAndAnswersHaveTheirPlaces() throws IOException {
        Path spans = file("e.jsonl", "{\"text\":\"ada rome\",\"spans\":[[0,3,\"PER\"]]}");
        Path adapter = train("token-cls", spans);
        String text = EMOJI + " ada rome";
        Path texts = file("texts.tsv", "id\ttext", "7\t" + text, "8\tbob");
        List<JsonObject> found = predict(texts, "--model", model, "--adapter", adapter);
        try (LoraModel loaded = LoraModel.load(model, adapter, LoadOptions.defaults())) {
            List<Entity> entities = EntityRecognizer.of(loaded).recognize(text);
            assertThat(entities).isNotEmpty();
            JsonArray told = found.get(0).getAsJsonArray("prediction");
            assertThat(told).hasSize(entities.size());
            for (int i = 0; i < told.size(); i++) {
                JsonObject one = told.get(i).getAsJsonObject();
                Entity entity = entities.get(i);
                assertThat(one.get("label").getAsString()).isEqualTo(entity.label());
                assertThat(one.get("text").getAsString()).isEqualTo(entity.text());
                int[] characters = text.codePoints().toArray();
                int start = one.get("start").getAsInt();
                assertThat(new String(characters, start, one.get("end").getAsInt() - start))
                        .isEqualTo(entity.text());
            }
        }
        Path questions =
                file(
                        "q.jsonl",
                        "{\"question\":\"ada\",\"context\":\"%s rome good\",\"answers\":[\"rome\"]}"
                                .formatted(EMOJI));
        adapter = train("qa", questions);
        found = predict(questions, "--model", model, "--adapter", adapter);
        try (LoraModel loaded = LoraModel.load(model, adapter, LoadOptions.defaults())) {
            Answer answer = QuestionAnswerer.of(loaded).answer("ada", EMOJI + " rome good");
            JsonObject line = found.get(0);
            assertThat(line.get("prediction").getAsString()).isEqualTo(answer.text());
            assertThat(line.get("start").getAsInt())
                    .isEqualTo((EMOJI + " rome good").codePointCount(0, answer.start()));
            assertThat(line.get("probability").getAsDouble())
                    .isCloseTo(answer.probability(), within(1e-5));
        }
        found =
                predict(
                        questions,
                        "--model",
                        model,
                        "--adapter",
                        adapter,
                        "--allow-no-answer",
                        "--no-answer-threshold",
                        "-1e9");
        assertThat(found.get(0).get("prediction").getAsString()).isEmpty();
        assertThat(found.get(0).get("start").isJsonNull()).isTrue();
        Path blank =
                file(
                        "blank.jsonl",
                        "{\"question\":\"ada\",\"context\":\"rome\"}",
                        "{\"question\":\" \",\"context\":\"rome\"}");
        assertThat(refused(1, blank, adapter)).contains("blank.jsonl, line 2", "question is blank");
    }

    @Test
    void aLanguageModelGoesOnWithPrompts() throws IOException {
        Path llama = TinyLlama.write(folder.resolve("llama"), 3);
        Path prompts = file("p.jsonl", "{\"prompt\":\"the sea\"}", "{\"prompt\":\"a ship is\"}");
        List<JsonObject> found =
                predict(prompts, "--model", llama, "--max-new-tokens", 6, "--temperature", 0);
        for (JsonObject line : found) {
            JsonElement one =
                    Cli.done(
                                    "generate",
                                    "--model",
                                    llama,
                                    "--prompt",
                                    line.get("prompt").getAsString(),
                                    "--max-new-tokens",
                                    6,
                                    "--temperature",
                                    0,
                                    "--json")
                            .json()
                            .get("text");
            assertThat(line.get("prediction")).isEqualTo(one);
        }
        assertThat(found).hasSize(2);
    }

    @Test
    void theOutputIsWholeOrAsItWas() throws IOException {
        Path data = file("t.tsv", "text\tlabel", "good\tx", "bad\ty");
        Path adapter = train("seq-cls", data, "--text-column", "text", "--label-column", "label");
        Files.writeString(output, "old");
        Path broken = file("broken.tsv", "text\tlabel", "good\tx", "bad\ty\tz");
        assertThat(refused(1, broken, adapter)).contains("broken.tsv, line 3", "2 columns");
        assertThat(refused(1, file("none.tsv", "text\tlabel"), adapter)).contains("no rows");
        assertThat(refused(1, file("other.tsv", "txt", "good"), adapter))
                .contains("no column 'text'", "txt");
        assertThat(refused(2, data, adapter, "--no-answer-threshold", "1"))
                .contains("does not answer questions");
        assertThat(refused(2, data, adapter, "--temperature", "1")).contains("writes no texts");
        assertThat(
                        refused(
                                2,
                                file("p.csv", "prediction", "a"),
                                adapter,
                                "--text-column",
                                "prediction"))
                .contains("another name");
        assertThat(Files.readString(output)).isEqualTo("old");
        try (var files = Files.list(folder)) {
            assertThat(files.map(Path::toString)).noneMatch(name -> name.contains("out.jsonl."));
        }
        Cli.Run run =
                Cli.done(
                        "predict",
                        "--model",
                        model,
                        "--adapter",
                        adapter,
                        "--data",
                        file(
                                "long.jsonl",
                                "{\"text\":\"good good good good\"}",
                                "{\"text\":\"bad\"}"),
                        "--output",
                        output,
                        "--max-length",
                        4,
                        "--json");
        assertThat(run.json().get("rows").getAsLong()).isEqualTo(2);
        assertThat(run.json().get("cut").getAsLong()).isEqualTo(1);
        assertThat(run.err()).contains("1 of 2 texts", "--max-length 4");
    }

    private String refused(int code, Path data, Path adapter, String... more) {
        List<Object> all = new ArrayList<>(List.of("predict", "--model", model));
        all.addAll(List.of("--adapter", adapter, "--data", data, "--output", output));
        all.addAll(List.of(more));
        return Cli.run(all.toArray()).refusal(code);
    }
}
