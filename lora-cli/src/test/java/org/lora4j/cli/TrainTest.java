/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import javax.imageio.ImageIO;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;

class TrainTest {
    private static Bench bench;
    private static Path adapter;
    private static Cli.Run trained;

    @BeforeAll
    static void train(@TempDir Path folder) throws IOException {
        bench = Bench.in(folder);
        adapter = folder.resolve("adapter");
        trained =
                Cli.done(
                        bench.train(
                                adapter,
                                "--validation",
                                bench.dev(),
                                "--target-modules",
                                "all-linear",
                                "--learning-rate",
                                "3e-3",
                                "--steps",
                                "220",
                                "--log",
                                folder.resolve("log.jsonl"),
                                "--tensorboard",
                                folder.resolve("board"),
                                "--json"));
    }

    @Test
    void theReportHasTheKeysOfTheContract() {
        JsonObject json = trained.json();
        assertThat(json.keySet())
                .startsWith(
                        "steps",
                        "train_seconds",
                        "examples_per_second",
                        "train_loss",
                        "validation",
                        "trainable_parameters",
                        "all_parameters",
                        "peak_rss_mb",
                        "adapter");
        assertThat(json.get("steps").getAsInt()).isEqualTo(220);
        assertThat(json.getAsJsonObject("validation").keySet())
                .containsExactlyInAnyOrder("accuracy", "f1_macro", "loss");
        assertThat(json.get("adapter").getAsString()).isEqualTo(adapter.toString());
        assertThat(trained.out().lines()).hasSize(1);
    }

    @Test
    void itLearns() {
        JsonObject validation = trained.json().getAsJsonObject("validation");
        assertThat(validation.get("accuracy").getAsDouble()).isGreaterThan(0.9);
    }

    @Test
    void theCurveIsSavedAsTableAndPicture() throws IOException {
        List<String> table = Files.readAllLines(adapter.resolve("loss.csv"));
        assertThat(table.get(0)).startsWith("step,epoch,loss,");
        assertThat(table).hasSizeGreaterThan(220);
        assertThat(ImageIO.read(adapter.resolve("loss.png").toFile()).getWidth()).isEqualTo(900);
        try (var files = Files.list(adapter)) {
            assertThat(files.map(f -> f.getFileName().toString()))
                    .containsExactlyInAnyOrder(
                            "adapter_config.json",
                            "adapter_model.safetensors",
                            "lora4j.json",
                            "loss.csv",
                            "loss.png",
                            "provenance.json",
                            "report.html");
        }
    }

    @Test
    void theLogHasALineForEachStep() throws IOException {
        List<JsonObject> steps =
                Files.readAllLines(bench.file("log.jsonl")).stream()
                        .map(line -> JsonParser.parseString(line).getAsJsonObject())
                        .filter(line -> line.has("loss"))
                        .toList();
        assertThat(steps).hasSize(220);
        assertThat(steps.get(219).get("step").getAsInt()).isEqualTo(220);
    }

    @Test
    void theReportSaysWhatTheTrainingWasRunWith() throws IOException {
        assertThat(Files.readString(adapter.resolve("report.html")))
                .contains(
                        "Completed after 220 steps",
                        "Validation: accuracy",
                        "target modules",
                        "all parameters")
                .contains(bench.train().toString(), "<th>type</th><td>bert</td>")
                .doesNotContain("<script");
    }

    @Test
    void theManifestIsVerifiedAndAChangeIsNamed() throws IOException {
        Cli.Run sound = Cli.done("inspect", adapter, "--verify", "--json");
        assertThat(sound.json().get("verified").getAsBoolean()).isTrue();
        assertThat(sound.err())
                .contains("adapter_model.safetensors", "training data", "validation data")
                .contains("none is changed, missing or added");
        Path copy = Files.createDirectory(bench.file("changed"));
        for (String name : List.of("adapter_config.json", "provenance.json", "loss.csv")) {
            Files.copy(adapter.resolve(name), copy.resolve(name));
        }
        Files.writeString(copy.resolve("loss.csv"), "step\n");
        Cli.Run changed = Cli.run("inspect", copy, "--verify", "--json");
        assertThat(changed.code()).isEqualTo(CommandLines.FAILED);
        assertThat(changed.json().get("verified").getAsBoolean()).isFalse();
        assertThat(changed.err())
                .contains("loss.csv of the adapter is changed")
                .contains("adapter_model.safetensors of the adapter is missing");
        Cli.Run other = Cli.run("inspect", adapter, "--verify", "--model", copy);
        assertThat(other.code()).isEqualTo(CommandLines.FAILED);
        assertThat(other.err()).contains("model.safetensors of the base is missing");
        assertThat(Cli.run("inspect", adapter, "--model", copy).err())
                .contains("--model needs --verify");
    }

    @Test
    void tensorBoardGetsAFile() throws IOException {
        try (var files = Files.list(bench.file("board"))) {
            List<Path> all = files.toList();
            assertThat(all).hasSize(1);
            assertThat(all.get(0).getFileName().toString()).startsWith("events.out.tfevents.");
            assertThat(all.get(0).toFile().length()).isGreaterThan(220 * 100);
        }
    }

    @Test
    void theSavedAdapterEvaluatesToWhatTheTrainingSaid() {
        JsonObject evaluated =
                Cli.done(bench.evaluate("--model", bench.model(), "--adapter", adapter, "--json"))
                        .json();
        JsonObject said = trained.json().getAsJsonObject("validation");
        for (String key : List.of("accuracy", "f1_macro", "loss")) {
            assertThat(evaluated.get(key).getAsDouble())
                    .isCloseTo(said.get(key).getAsDouble(), within(1e-6));
        }
        assertThat(evaluated.get("examples_per_second").getAsDouble()).isPositive();
    }

    @Test
    void theMergedModelSaysTheSameWithoutTheAdapter() throws IOException {
        Path merged = bench.file("merged");
        JsonObject said =
                Cli.done(
                                "merge",
                                "--model",
                                bench.model(),
                                "--adapter",
                                adapter,
                                "--output",
                                merged,
                                "--threads",
                                "1",
                                "--json")
                        .json();
        assertThat(said.get("model").getAsString()).isEqualTo(merged.toString());
        Path one = bench.file("one.jsonl");
        Path two = bench.file("two.jsonl");
        Cli.done(
                bench.evaluate(
                        "--model", bench.model(), "--adapter", adapter, "--predictions", one));
        Cli.done(bench.evaluate("--model", merged, "--predictions", two));
        List<String> adapted = Files.readAllLines(one);
        List<String> plain = Files.readAllLines(two);
        assertThat(plain).hasSize(37).hasSameSizeAs(adapted);
        for (int i = 0; i < plain.size(); i++) {
            JsonObject expected = JsonParser.parseString(adapted.get(i)).getAsJsonObject();
            JsonObject found = JsonParser.parseString(plain.get(i)).getAsJsonObject();
            assertThat(found.get("label")).isEqualTo(expected.get("label"));
            for (int c = 0; c < 2; c++) {
                assertThat(found.getAsJsonArray("logits").get(c).getAsDouble())
                        .isCloseTo(
                                expected.getAsJsonArray("logits").get(c).getAsDouble(),
                                within(1e-4));
            }
        }
    }

    @Test
    void predictionsNeedNoLabels() throws IOException {
        Path file = bench.file("unlabelled.jsonl");
        Cli.Run run =
                Cli.done(
                        "evaluate",
                        "--model",
                        bench.model(),
                        "--adapter",
                        adapter,
                        "--data",
                        bench.dev(),
                        "--text-column",
                        "text",
                        "--predictions",
                        file,
                        "--json");
        assertThat(Files.readAllLines(file)).hasSize(37);
        assertThat(run.json().keySet()).containsExactly("examples_per_second");
    }

    @Test
    void evaluationTellsOfTextsThatAreCut() throws IOException {
        String word = Sentences.words().get(0);
        Path data =
                Files.writeString(
                        bench.file("long.tsv"),
                        "text\n" + (word + " ").repeat(40) + "\n\n" + word + "\n");
        Path file = bench.file("long.jsonl");
        Cli.Run run =
                Cli.done(
                        "evaluate",
                        "--model",
                        bench.model(), // of 32 positions
                        "--adapter",
                        adapter,
                        "--data",
                        data,
                        "--text-column",
                        "text",
                        "--predictions",
                        file);
        assertThat(run.out())
                .contains("1 of 3 texts of " + data + " are longer than 32 tokens and were cut");
        assertThat(Files.readAllLines(file)).hasSize(3);
    }

    @Test
    void aLengthBeyondTheModelsPositionsIsTold() throws IOException {
        String told = "--max-length 33 is above the model's 32 positions: texts are cut there";
        Path output = bench.file("beyond");
        assertThat(Cli.done(bench.train(output, "--steps", "1", "--max-length", "33")).out())
                .contains(told);
        Object[] evaluation = {
            "evaluate",
            "--model",
            bench.model(),
            "--adapter",
            adapter,
            "--data",
            bench.dev(),
            "--text-column",
            "text",
            "--predictions",
            bench.file("beyond.jsonl"),
            "--max-length",
            33
        };
        assertThat(Cli.done(evaluation).out()).contains(told);
        evaluation[evaluation.length - 1] = 32;
        assertThat(Cli.done(evaluation).out()).doesNotContain("positions");
    }

    @Test
    void theSameSeedGivesTheSameBytes() throws IOException {
        byte[][] weights = new byte[2][];
        for (int i = 0; i < 2; i++) {
            Path output = bench.file("same-" + i);
            Cli.done(bench.train(output, "--steps", "5", "--seed", "9"));
            weights[i] = Files.readAllBytes(output.resolve("adapter_model.safetensors"));
        }
        assertThat(weights[0]).isEqualTo(weights[1]);
        Path other = bench.file("other");
        Cli.done(bench.train(other, "--steps", "5", "--seed", "10"));
        assertThat(Files.readAllBytes(other.resolve("adapter_model.safetensors")))
                .isNotEqualTo(weights[0]);
    }

    @Test
    void aTrainingGoesOnFromAnAdapter() throws IOException {
        Path further = bench.file("further");
        Cli.Run run =
                Cli.done(
                        bench.train(
                                further,
                                "--adapter",
                                adapter,
                                "--steps",
                                "3",
                                "--schedule",
                                "constant",
                                "--warmup",
                                "0",
                                "--json"));
        Cli.Run fresh = Cli.done(bench.train(bench.file("fresh"), "--steps", "3", "--json"));
        double chance = fresh.json().get("train_loss").getAsDouble();
        assertThat(run.json().get("train_loss").getAsDouble()).isLessThan(chance - 0.1);
        assertThat(Files.readString(further.resolve("adapter_config.json"))).contains("\"r\": 3");
    }

    @Test
    void fullTrainingSavesAModelWithItsHead() {
        Path output = bench.file("full");
        JsonObject json =
                Cli.done(bench.train(output, "--method", "full", "--steps", "4", "--json")).json();
        assertThat(json.get("trainable_parameters")).isEqualTo(json.get("all_parameters"));
        assertThat(Cli.done(bench.evaluate("--model", output, "--json")).json().keySet())
                .contains("accuracy");
    }

    @Test
    void optionsWithoutEffectAreReported() {
        Path output = bench.file("unused");
        assertThat(Cli.done(bench.train(output, "--method", "full", "--steps", "1")).err())
                .contains("not used: --rank, --alpha; --method full trains every weight");
        assertThat(Cli.done(bench.train(bench.file("used"), "--steps", "1")).err())
                .doesNotContain("not used");
    }

    @Test
    @EnabledOnOs(OS.LINUX)
    void aLogThatCannotBeWrittenFailsAfterTheResultIsSaved() {
        Path output = bench.file("unlogged");
        Cli.Run run = Cli.run(bench.train(output, "--steps", "2", "--log", "/dev/full"));
        assertThat(run.code()).isEqualTo(CommandLines.FAILED);
        assertThat(run.err()).contains("--log cannot be written").doesNotContain("\tat ");
        assertThat(output.resolve("adapter_model.safetensors")).exists();
    }

    @Test
    void aRegressionLearnsNumbers() throws IOException {
        Path data = bench.file("numbers.tsv");
        Files.writeString(
                data,
                Files.readString(bench.train())
                        .replace("positive\t", "1.5\t")
                        .replace("negative\t", "-0.5\t"));
        Path output = bench.file("regression");
        JsonObject json =
                Cli.done(
                                "train",
                                "--task",
                                "regression",
                                "--model",
                                bench.model(),
                                "--data",
                                data,
                                "--validation",
                                data,
                                "--text-column",
                                "text",
                                "--label-column",
                                "label",
                                "--output",
                                output,
                                "--steps",
                                "5",
                                "--threads",
                                "1",
                                "--json")
                        .json();
        assertThat(json.getAsJsonObject("validation").keySet()).contains("mse", "pearson", "loss");
    }

    @Test
    void inspectShowsTheAdapterAndTheModel() {
        JsonObject found = Cli.done("inspect", adapter, "--json").json();
        assertThat(found.get("rank").getAsInt()).isEqualTo(3);
        assertThat(found.get("parameters").getAsLong())
                .isEqualTo(trained.json().get("trainable_parameters").getAsLong());
        List<String> modules = new ArrayList<>();
        found.getAsJsonArray("modules")
                .forEach(row -> modules.add(row.getAsJsonObject().get("module").getAsString()));
        assertThat(modules)
                .contains("classifier", "bert.encoder.layer.0.attention.self.query")
                .noneMatch(module -> module.endsWith(".weight") || module.endsWith(".bias"));
        JsonObject model = Cli.done("inspect", bench.model(), "--json").json();
        assertThat(model.get("base_parameters").getAsLong())
                .isEqualTo(
                        model.getAsJsonObject("weights")
                                .getAsJsonObject("numbers")
                                .get("F32")
                                .getAsLong());
    }
}
