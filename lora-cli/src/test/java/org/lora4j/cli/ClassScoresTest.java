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
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.lora4j.testkit.WordBert;

/** What evaluate says of each class agrees with the predictions that it writes. */
final class ClassScoresTest {
    @TempDir Path folder;
    private Path model = Path.of("");
    private List<JsonObject> lines = List.of();
    private String said = "";

    @BeforeEach
    void write() throws IOException {
        model = folder.resolve("model");
        WordBert.write(model, List.of("ada", "bob", "rome", "good", "bad", "late"), 3);
    }

    /** Trains a little, and measures with the same texts. */
    private JsonObject measure(String task, String header, String... rows) throws IOException {
        Path data = folder.resolve("data.tsv");
        Files.writeString(data, header + "\n" + String.join("\n", rows) + "\n");
        List<String> columns = List.of(header.split("\t"));
        List<Object> read = new ArrayList<>(List.of("--data", data, "--model", model));
        read.addAll(List.of("--threads", "1", "--text-column", columns.get(0)));
        if (columns.size() == 3) {
            read.addAll(List.of("--text-pair-column", columns.get(1)));
        }
        read.addAll(List.of("--label-column", columns.get(columns.size() - 1)));
        Path adapter = folder.resolve("adapter");
        List<Object> train = new ArrayList<>(List.of("train", "--task", task, "--steps", "8"));
        train.addAll(List.of("--learning-rate", "0.02", "--output", adapter));
        train.addAll(read);
        Cli.done(train.toArray());
        Path predictions = folder.resolve("predictions.jsonl");
        List<Object> evaluate = new ArrayList<>(List.of("evaluate", "--adapter", adapter));
        evaluate.addAll(List.of("--predictions", predictions, "--json"));
        evaluate.addAll(read);
        Cli.Run run = Cli.done(evaluate.toArray());
        said = run.err();
        lines =
                Files.readAllLines(predictions).stream()
                        .map(line -> JsonParser.parseString(line).getAsJsonObject())
                        .toList();
        assertThat(lines).hasSameSizeAs(rows);
        return run.json();
    }

    private static boolean has(JsonElement labels, String label) {
        return labels.isJsonArray()
                ? labels.getAsJsonArray().contains(JsonParser.parseString(label))
                : List.of(labels.getAsString().split("\\|")).contains(label);
    }

    /** Compares a class's scores with the lines: returns right, wrong, missed. */
    private int[] counted(JsonObject json, String label) {
        int right = 0;
        int wrong = 0;
        int missed = 0;
        for (JsonObject line : lines) {
            boolean own = has(line.get("gold"), label);
            boolean given = has(line.get("label"), label);
            right += own && given ? 1 : 0;
            wrong += !own && given ? 1 : 0;
            missed += own && !given ? 1 : 0;
        }
        JsonObject scores = json.getAsJsonObject("classes").getAsJsonObject(label);
        assertThat(scores.get("support").getAsInt()).isEqualTo(right + missed);
        assertThat(scores.get("precision").getAsDouble())
                .isCloseTo(right == 0 ? 0 : (double) right / (right + wrong), within(1e-12));
        assertThat(scores.get("recall").getAsDouble())
                .isCloseTo(right == 0 ? 0 : (double) right / (right + missed), within(1e-12));
        assertThat(scores.get("f1").getAsDouble())
                .isCloseTo(
                        right == 0 ? 0 : 2.0 * right / (2 * right + wrong + missed), within(1e-12));
        return new int[] {right, wrong, missed};
    }

    @Test
    void eachClassAndTheConfusionAreTold() throws IOException {
        JsonObject json =
                measure(
                        "seq-cls",
                        "words\tlabel",
                        "good\tx",
                        "good ada\tx",
                        "bad\ty",
                        "bad bob\tx",
                        "late\tz",
                        "late ada\ty",
                        "rome\tx");
        JsonObject confusion = json.getAsJsonObject("confusion");
        JsonArray labels = confusion.getAsJsonArray("labels");
        int right = 0;
        for (int row = 0; row < labels.size(); row++) {
            right += counted(json, labels.get(row).getAsString())[0];
            for (int column = 0; column < labels.size(); column++) {
                String own = labels.get(row).getAsString();
                String given = labels.get(column).getAsString();
                assertThat(
                                confusion
                                        .getAsJsonArray("counts")
                                        .get(row)
                                        .getAsJsonArray()
                                        .get(column)
                                        .getAsLong())
                        .isEqualTo(
                                lines.stream()
                                        .filter(line -> has(line.get("gold"), own))
                                        .filter(line -> has(line.get("label"), given))
                                        .count());
            }
        }
        assertThat(json.get("accuracy").getAsDouble()).isCloseTo(right / 7.0, within(1e-12));
        assertThat(json.getAsJsonObject("macro_avg").get("f1").getAsDouble())
                .isCloseTo(json.get("f1_macro").getAsDouble(), within(1e-12));
        assertThat(said).contains("f1-score", "weighted avg", "true \\ predicted");
        JsonObject line = lines.get(3);
        assertThat(line.keySet()).containsExactly("text", "gold", "label", "probability", "logits");
        assertThat(line.get("text").getAsString()).isEqualTo("bad bob");
        assertThat(line.get("gold").getAsString()).isEqualTo("x");
        double most = 0;
        double sum = 0;
        for (JsonElement logit : line.getAsJsonArray("logits")) {
            most = Math.max(most, Math.exp(logit.getAsDouble()));
            sum += Math.exp(logit.getAsDouble());
        }
        assertThat(line.get("probability").getAsDouble()).isCloseTo(most / sum, within(1e-6));
    }

    @Test
    void eachOfSeveralLabelsIsTold() throws IOException {
        JsonObject json =
                measure(
                        "multi-label",
                        "words\tlabel",
                        "good\tx",
                        "good bad\tx|y",
                        "bad\ty",
                        "late\t|",
                        "late bad\tz|y");
        for (String label : List.of("x", "y", "z")) {
            int[] found = counted(json, label);
            JsonObject cells = json.getAsJsonObject("confusion").getAsJsonObject(label);
            assertThat(cells.get("true_positives").getAsInt()).isEqualTo(found[0]);
            assertThat(cells.get("false_positives").getAsInt()).isEqualTo(found[1]);
            assertThat(cells.get("false_negatives").getAsInt()).isEqualTo(found[2]);
            assertThat(cells.get("true_negatives").getAsInt())
                    .isEqualTo(5 - found[0] - found[1] - found[2]);
        }
        assertThat(json.getAsJsonObject("micro_avg").get("f1").getAsDouble())
                .isCloseTo(json.get("f1_micro").getAsDouble(), within(1e-12));
        assertThat(json.has("samples_avg")).isTrue();
        assertThat(lines.get(4).getAsJsonArray("gold")).hasSize(2);
    }

    @Test
    void rankingsAreInTheResult() throws IOException {
        JsonObject json =
                measure(
                        "rerank",
                        "query\tdocument\tlabel",
                        "ada\tgood\t0",
                        "ada\tbad\t1",
                        "ada\tlate\t0",
                        "bob\trome\t0");
        double own = lines.get(1).getAsJsonArray("logits").get(0).getAsDouble();
        int rank = 1;
        for (int other : new int[] {0, 2}) {
            rank += lines.get(other).getAsJsonArray("logits").get(0).getAsDouble() > own ? 1 : 0;
        }
        assertThat(json.get("mrr@10").getAsDouble()).isCloseTo(1.0 / rank, within(1e-12));
        assertThat(json.get("map").getAsDouble()).isCloseTo(1.0 / rank, within(1e-12));
        assertThat(json.get("ndcg@10").getAsDouble())
                .isCloseTo(Math.log(2) / Math.log(rank + 1), within(1e-12));
        assertThat(lines.get(1).get("pair").getAsString()).isEqualTo("bad");
        assertThat(lines.get(1).get("gold").getAsDouble()).isEqualTo(1);
        assertThat(lines.get(1).get("probability").getAsDouble())
                .isCloseTo(1 / (1 + Math.exp(-own)), within(1e-6));
    }
}
