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
import java.util.Objects;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.lora4j.adapter.PeftWeights;
import org.lora4j.files.AtomicFiles;

/** Trainings of TorchScript files that tools/goldens/make_script_classifiers.py made. */
final class ScriptTrainTest {
    private static final Path SCRIPTS = Path.of("src/test/resources/golden/script");
    private static final Path OTHERS = Path.of("../lora-djl/src/test/resources/golden/torchscript");

    private static Bench bench;
    private static Path adapter;
    private static Cli.Run trained;

    @BeforeAll
    static void train(@TempDir Path folder) throws IOException {
        bench = Bench.in(folder);
        adapter = folder.resolve("adapter");
        Object[] more = {
            "--validation",
            bench.dev(),
            "--learning-rate",
            "1e-2",
            "--steps",
            "120",
            "--log",
            folder.resolve("log.jsonl"),
            "--json"
        };
        trained = Cli.done(arguments("classifier", bench.train(), adapter, more));
    }

    private static Object[] arguments(String script, Path data, Path output, Object... more) {
        List<Object> all =
                new ArrayList<>(
                        List.of(
                                "train",
                                "--model",
                                SCRIPTS.resolve(script + ".pt"),
                                "--tokenizer",
                                bench.model(),
                                "--data",
                                data,
                                "--text-column",
                                "text",
                                "--label-column",
                                "label",
                                "--output",
                                output,
                                "--rank",
                                "3",
                                "--batch-size",
                                "16",
                                "--threads",
                                "1"));
        all.addAll(List.of(more));
        return all.toArray();
    }

    private static String refusal(int code, String script, Object... more) {
        Path output = bench.file("refused");
        String line = Cli.run(arguments(script, bench.train(), output, more)).refusal(code);
        assertThat(output).doesNotExist();
        return line;
    }

    @Test
    void itLearns() {
        JsonObject json = trained.json();
        assertThat(json.get("steps").getAsInt()).isEqualTo(120);
        JsonObject validation = json.getAsJsonObject("validation");
        assertThat(validation.get("accuracy").getAsDouble()).isGreaterThan(0.9);
        // 3 (16 + 16) in each of 4 layers, and the head
        assertThat(json.get("trainable_parameters").getAsInt()).isEqualTo(4 * 96 + 34);
    }

    @Test
    void theFilesAreThoseOfAnyTraining() throws IOException {
        try (var files = Files.list(adapter)) {
            assertThat(files.map(f -> f.getFileName().toString()))
                    .contains(
                            "adapter_config.json",
                            "adapter_model.safetensors",
                            "lora4j.json",
                            "loss.csv",
                            "loss.png",
                            "provenance.json",
                            "report.html");
        }
        JsonObject notes = json(adapter.resolve("lora4j.json"));
        assertThat(notes.getAsJsonArray("labels").toString())
                .isEqualTo("[\"negative\",\"positive\"]");
        JsonObject config = json(adapter.resolve("adapter_config.json"));
        assertThat(config.getAsJsonArray("modules_to_save").toString())
                .isEqualTo("[\"classifier\"]");
        assertThat(Files.readAllLines(bench.file("log.jsonl"))).hasSizeGreaterThan(120);
    }

    @Test
    void tensorsHaveTheNamesOfTheHuggingFaceModel() throws IOException {
        try (PeftWeights weights = PeftWeights.open(adapter)) {
            assertThat(weights.shapes().keySet())
                    .hasSize(2 * 4 + 2)
                    .contains(
                            "bert.encoder.layer.1.attention.self.value.lora_B.weight",
                            "classifier.weight",
                            "classifier.bias");
        }
    }

    @Test
    void theAdapterIsInspected() {
        assertThat(Cli.done("inspect", adapter).out()).contains("negative, positive", "classifier");
        assertThat(Cli.done("inspect", "--verify", adapter).out()).contains("classifier.pt");
    }

    @Test
    void anAdapterGoesOn() {
        Path more = bench.file("more");
        Cli.Run run =
                Cli.done(
                        arguments(
                                "classifier",
                                bench.train(),
                                more,
                                "--adapter",
                                adapter,
                                "--steps",
                                "2",
                                "--json"));
        assertThat(run.json().get("train_loss").getAsDouble())
                .isLessThan(0.5 * trained.json().get("train_loss").getAsDouble() + 0.2);
    }

    @Test
    void aNumberIsLearnt() throws IOException {
        StringBuilder text = new StringBuilder("label\ttext\n");
        for (String line : Files.readAllLines(bench.train())) {
            if (!line.startsWith("label")) {
                text.append(line.replace("positive\t", "0.75\t").replace("negative\t", "-0.5\t"));
                text.append('\n');
            }
        }
        Path data = bench.file("numbers.tsv");
        AtomicFiles.write(data, AtomicFiles.Content.of(text.toString()));
        Object[] more = {
            "--task",
            "regression",
            "--validation",
            data,
            "--steps",
            "80",
            "--learning-rate",
            "1e-2",
            "--json"
        };
        JsonObject validation =
                Cli.done(arguments("rating", data, bench.file("rater"), more))
                        .json()
                        .getAsJsonObject("validation");
        assertThat(validation.get("pearson").getAsDouble()).isGreaterThan(0.7);
    }

    @Test
    void whatHasNoMeaningForAScriptIsRefusedByName() {
        assertThat(refusal(2, "classifier", "--new-head")).contains("--new-head", "TorchScript");
        assertThat(refusal(2, "classifier", "--dtype", "bf16")).contains("--dtype");
        assertThat(refusal(2, "classifier", "--base-dropout", "off")).contains("--base-dropout");
        assertThat(refusal(2, "classifier", "--add-tokens", "x")).contains("--add-tokens");
        assertThat(refusal(2, "classifier", "--method", "full")).contains("--method");
        Object[] words = bench.train(bench.file("refused"), "--tokenizer", bench.model());
        assertThat(Cli.run(words).refusal(2)).contains("--tokenizer", "TorchScript");
    }

    @Test
    void aHeadOfAnotherWidthIsRefused() {
        assertThat(refusal(1, "rating")).contains("one output", "--task regression");
        Path data = bench.file("three.tsv");
        assertThat(Cli.run(arguments("classifier", three(data), bench.file("refused"))).refusal(1))
                .contains("2 outputs", "3 labels, a, b, c", "num_labels=3");
        assertThat(refusal(1, "classifier", "--task", "regression"))
                .contains("not a finite number");
    }

    private static Path three(Path data) {
        try {
            AtomicFiles.write(
                    data,
                    AtomicFiles.Content.of("label\ttext\na\tthe film\nb\tthe cast\nc\tthe plot\n"));
            return data;
        } catch (IOException e) {
            throw new java.io.UncheckedIOException(e);
        }
    }

    @Test
    void scriptsThatCannotBeTrainedOnTextsAreRefusedInOneLine() throws IOException {
        assertThat(refusal(1, "length")).contains("one text of 3 tokens", "tools/trace");
        assertThat(refusal(1, "batch")).contains("one text of 3 tokens is (2, 2)");
        assertThat(refusal(1, "vectors")).contains("a row of outputs for each text");
        assertThat(refusal(1, "rules")).contains("none of its weights can be adapted");
    }

    @Test
    void filesThatAreNoScriptsAreRefusedInOneLine() throws IOException {
        assertThat(with(bench.file("missing.pt"), bench.model())).contains("no such");
        Path text = Files.writeString(bench.file("text.pt"), "no archive");
        assertThat(with(text, bench.model())).contains("text.pt");
        Path script = SCRIPTS.resolve("classifier.pt");
        assertThat(with(script, bench.file("nowhere"))).contains("nowhere");
        assertThat(with(OTHERS.resolve("linear.pt"), bench.model())).contains("linear.pt");
        Path alone = Files.copy(script, bench.file("alone.pt"));
        assertThat(
                        Cli.run(
                                        "train",
                                        "--model",
                                        alone,
                                        "--data",
                                        bench.train(),
                                        "--text-column",
                                        "text",
                                        "--label-column",
                                        "label",
                                        "--output",
                                        bench.file("refused"))
                                .refusal(1))
                .contains("--tokenizer");
    }

    private static Object[] evaluation(Path model, Object... more) {
        List<Object> all = new ArrayList<>(List.of(bench.evaluate(more)));
        all.addAll(List.of("--model", model, "--tokenizer", bench.model(), "--json"));
        return all.toArray();
    }

    @Test
    void theAdapterEvaluatesToWhatTheTrainingSaid() {
        Path script = SCRIPTS.resolve("classifier.pt");
        JsonObject said = trained.json().getAsJsonObject("validation");
        JsonObject found = Cli.done(evaluation(script, "--adapter", adapter)).json();
        for (String name : List.of("accuracy", "f1_macro", "loss")) {
            assertThat(found.get(name).getAsDouble())
                    .as(name)
                    .isCloseTo(said.get(name).getAsDouble(), within(1e-6));
        }
    }

    @Test
    void aMergedScriptEvaluatesToTheSameWithoutTheAdapter() {
        Path script = SCRIPTS.resolve("classifier.pt");
        Path merged = bench.file("deeper/merged.pt");
        Object[] merge = {
            "merge", "--model", script, "--adapter", adapter, "--output", merged, "--json"
        };
        assertThat(Cli.done(merge).json().get("model").getAsString()).isEqualTo(merged.toString());
        double said = trained.json().getAsJsonObject("validation").get("loss").getAsDouble();
        assertThat(Cli.done(evaluation(merged)).json().get("loss").getAsDouble())
                .isCloseTo(said, within(1e-5));
        assertThat(Cli.done("inspect", merged).out()).doesNotContain("adapted:");

        merge[6] = script;
        assertThat(Cli.run(merge).refusal(1)).contains("is the model itself");
        merge[6] = bench.folder();
        assertThat(Cli.run(merge).refusal(2)).contains("FILE.pt");
        merge[6] = bench.file("other.pt");
        merge[4] = bench.file("no-adapter");
        assertThat(Cli.run(merge).refusal(1)).contains("no-adapter");
    }

    /** The loss is that of native models: the same weights give the same figures. */
    @Test
    void aScriptEvaluatesToWhatItsHuggingFaceModelDoes() throws IOException {
        Path words = bench.model().resolve("tokenizer.json");
        Path model = Files.createDirectories(bench.file("hugging-face"));
        for (String name : List.of("config.json", "model.safetensors")) {
            Files.copy(SCRIPTS.resolve("classifier").resolve(name), model.resolve(name));
        }
        Files.copy(words, model.resolve("tokenizer.json"));
        Path named = bench.file("numbered.tsv");
        String text = Files.readString(bench.dev());
        AtomicFiles.write(
                named,
                AtomicFiles.Content.of(
                        text.replace("negative\t", "0\t").replace("positive\t", "1\t")));
        Object[] ofModel = bench.evaluate("--model", model, "--json");
        ofModel[2] = named;
        Object[] script = evaluation(SCRIPTS.resolve("classifier.pt"));
        JsonObject expected = Cli.done(ofModel).json();
        JsonObject found = Cli.done(script).json();
        assertThat(found.get("loss").getAsDouble())
                .isCloseTo(expected.get("loss").getAsDouble(), within(1e-6));
        assertThat(found.get("accuracy")).isEqualTo(expected.get("accuracy"));
    }

    @Test
    void predictionsAreWrittenWithTheNamesOfTheLabels() throws IOException {
        Path predictions = bench.file("predictions.jsonl");
        Path script = SCRIPTS.resolve("classifier.pt");
        Cli.done(evaluation(script, "--adapter", adapter, "--predictions", predictions));
        assertThat(Files.readAllLines(predictions))
                .hasSize(37)
                .allMatch(line -> line.matches(".*\"(negative|positive)\".*"));
        assertThat(Cli.run(evaluation(script, "--dtype", "bf16")).refusal(2)).contains("--dtype");
    }

    private static String with(Path model, Path tokenizer) {
        Object[] arguments = arguments("classifier", bench.train(), bench.file("refused"));
        arguments[2] = model;
        arguments[4] = tokenizer;
        return Cli.run(arguments).refusal(1);
    }

    private static JsonObject json(Path file) throws IOException {
        return JsonParser.parseString(Objects.requireNonNull(Files.readString(file)))
                .getAsJsonObject();
    }
}
