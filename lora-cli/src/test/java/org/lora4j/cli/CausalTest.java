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
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.lora4j.safetensors.SafeTensorsFile;
import org.lora4j.testkit.TinyLlama;

/** A language model on the command line: train, evaluate, merge, and what is refused. */
class CausalTest {
    @TempDir private static Path folder = Path.of("");

    private static Path model = Path.of("");
    private static Path data = Path.of("");
    private static Path held = Path.of("");
    private static Path adapter = Path.of("");
    private static Cli.Run trained = new Cli.Run(0, "", "");

    @BeforeAll
    static void train() throws IOException {
        model = TinyLlama.write(folder.resolve("model"), 5);
        data = texts("data.jsonl", 0, 120);
        held = texts("held.jsonl", 120, 20);
        adapter = folder.resolve("adapter");
        trained =
                Cli.done(
                        arguments(
                                adapter,
                                "--validation",
                                held,
                                "--target-modules",
                                "all-linear",
                                "--epochs",
                                "4",
                                "--learning-rate",
                                "1e-2",
                                "--json"));
    }

    /** Questions of which the answer repeats the last word, with some characters of many bytes. */
    private static Path texts(String name, int from, int count) throws IOException {
        String[] words = {"cat", "dog", "日本", "naïve", "😀", "sun"};
        List<String> lines = new ArrayList<>();
        for (int i = from; i < from + count; i++) {
            JsonObject line = new JsonObject();
            line.addProperty("prompt", "say " + words[(i * 5 + i / 7) % 6] + ":");
            line.addProperty("completion", " " + words[(i * 5 + i / 7) % 6]);
            lines.add(line.toString());
        }
        return Files.write(folder.resolve(name), lines);
    }

    private static Object[] arguments(Path output, Object... more) {
        List<Object> all =
                new ArrayList<>(
                        List.of(
                                "train",
                                "--model",
                                model,
                                "--task",
                                "causal-lm",
                                "--data",
                                data,
                                "--output",
                                output,
                                "--rank",
                                "3",
                                "--alpha",
                                "7",
                                "--dropout",
                                "0",
                                "--batch-size",
                                "2",
                                "--max-length",
                                "64",
                                "--threads",
                                "1"));
        all.addAll(List.of(more));
        return all.toArray();
    }

    private static JsonObject evaluate(Object... more) {
        List<Object> all = new ArrayList<>(List.of("evaluate", "--threads", "1", "--json"));
        all.addAll(List.of(more));
        return Cli.done(all.toArray()).json();
    }

    @Test
    void theReportHasTheKeysOfTheContract() throws IOException {
        JsonObject json = trained.json();
        assertThat(json.keySet())
                .contains(
                        "steps",
                        "train_seconds",
                        "examples_per_second",
                        "tokens_per_second",
                        "train_loss",
                        "validation",
                        "trainable_parameters",
                        "all_parameters",
                        "peak_rss_mb",
                        "adapter");
        assertThat(json.get("tokens_per_second").getAsDouble())
                .isGreaterThan(json.get("examples_per_second").getAsDouble());
        JsonObject validation = json.getAsJsonObject("validation");
        assertThat(validation.keySet()).containsExactlyInAnyOrder("loss", "perplexity");
        assertThat(validation.get("perplexity").getAsDouble())
                .isCloseTo(Math.exp(validation.get("loss").getAsDouble()), within(1e-9));
        assertThat(trained.out().lines()).hasSize(1);
        String saved = Files.readString(adapter.resolve("adapter_config.json"));
        JsonObject config = JsonParser.parseString(saved).getAsJsonObject();
        assertThat(config.get("task_type").getAsString()).isEqualTo("CAUSAL_LM");
        assertThat(config.get("target_modules").toString()).doesNotContain("lm_head");
    }

    @Test
    void itLearnsAndTheAdapterAndTheMergedModelSayTheSame() {
        JsonObject base = evaluate("--model", model, "--data", held);
        JsonObject adapted = evaluate("--model", model, "--adapter", adapter, "--data", held);
        JsonObject said = trained.json().getAsJsonObject("validation");
        assertThat(base.keySet()).contains("loss", "perplexity");
        assertThat(adapted.get("loss").getAsDouble())
                .isLessThan(0.5 * base.get("loss").getAsDouble())
                .isCloseTo(said.get("loss").getAsDouble(), within(1e-5));
        Path merged = folder.resolve("merged");
        Cli.done("merge", "--model", model, "--adapter", adapter, "--output", merged);
        JsonObject plain = evaluate("--model", merged, "--data", held);
        assertThat(plain.get("loss").getAsDouble())
                .isCloseTo(adapted.get("loss").getAsDouble(), within(1e-4));
    }

    @Test
    void packedAndUnpackedEvaluationsAgree() {
        JsonObject packed = evaluate("--model", model, "--data", held, "--max-length", "64");
        JsonObject single =
                evaluate("--model", model, "--data", held, "--packing", "off", "--batch-size", "1");
        assertThat(packed.get("loss").getAsDouble())
                .isCloseTo(single.get("loss").getAsDouble(), within(1e-5));
        JsonObject all = evaluate("--model", model, "--data", held, "--loss-on", "all");
        assertThat(all.get("loss").getAsDouble())
                .isNotCloseTo(single.get("loss").getAsDouble(), within(1e-3));
    }

    @Test
    void cutsAndTextsWithNothingToLearnAreTold() throws IOException {
        Path mixed = folder.resolve("mixed.jsonl");
        Files.writeString(
                mixed,
                """
                {"prompt": "say cat:", "completion": " cat"}
                {"prompt": "a prompt that fills the whole length", "completion": " cat"}
                nonsense
                {"prompt": "say dog:", "completion": " a completion that is longer than that"}
                """);
        Cli.Run run =
                Cli.done(
                        "evaluate",
                        "--model",
                        model,
                        "--data",
                        mixed,
                        "--max-length",
                        "20",
                        "--on-bad-line",
                        "skip",
                        "--threads",
                        "1");
        assertThat(run.out())
                .contains("1 lines of " + mixed + " cannot be read and were skipped (line 3: ")
                .contains("2 of 3 texts of " + mixed + " are longer than 20 tokens")
                .contains("(lines 2, 4)")
                .contains("1 of 3 texts of " + mixed + " have no token to be learnt")
                .contains("(line 2)");
        String refusal =
                Cli.run("evaluate", "--model", model, "--data", mixed, "--threads", "1")
                        .refusal(CommandLines.FAILED);
        assertThat(refusal).contains(mixed + ", line 3: not a JSON object");
    }

    @Test
    void optionsOfTheOtherTaskAreWrongUse() {
        assertThat(
                        Cli.run(arguments(folder.resolve("x"), "--text-column", "text"))
                                .refusal(CommandLines.WRONG_USE))
                .contains("--text-column", "tasks of labels");
        assertThat(
                        Cli.run(
                                        "train",
                                        "--model",
                                        model,
                                        "--data",
                                        data,
                                        "--text-column",
                                        "text",
                                        "--label-column",
                                        "label",
                                        "--packing",
                                        "on",
                                        "--output",
                                        folder.resolve("x"))
                                .refusal(CommandLines.WRONG_USE))
                .contains("--packing", "causal-lm");
    }

    @Test
    void aDecoderTrainsAsAClassifierWhereTextsHaveLabels() throws IOException {
        Path table = folder.resolve("table.tsv");
        Path adapter = folder.resolve("classifier");
        Files.writeString(table, "text\tlabel\na\tx\nb\ty\n");
        Cli.done(
                "train",
                "--model",
                model,
                "--data",
                table,
                "--text-column",
                "text",
                "--label-column",
                "label",
                "--output",
                adapter);
        assertThat(Files.readString(adapter.resolve("adapter_config.json")))
                .contains("\"SEQ_CLS\"", "\"score\"");
    }

    @Test
    void inspectShowsADecodersModules() {
        Cli.Run run =
                Cli.done("inspect", model, "--rank", "4", "--target-modules", "q_proj,v_proj");
        assertThat(run.out()).contains("self_attn.q_proj", "48x48", "lm_head", "258x48");
    }

    @Test
    void addedTokensTrainAndComeWithTheAdapter() throws IOException {
        Path more = folder.resolve("more.jsonl");
        Files.writeString(more, Files.readString(data).replace("say ", "<|tool|>say "));
        Path extended = folder.resolve("extended");
        Cli.Run run =
                Cli.done(
                        "train",
                        "--task",
                        "causal-lm",
                        "--model",
                        model,
                        "--data",
                        more,
                        "--output",
                        extended,
                        "--target-modules",
                        "q_proj",
                        "--steps",
                        "2",
                        "--add-tokens",
                        "<|tool|>,<|call|>",
                        "--threads",
                        "1");
        assertThat(run.out()).contains("2 tokens added");
        Path merged = folder.resolve("extended-merged");
        Cli.done("merge", "--model", model, "--adapter", extended, "--output", merged);
        double adapted = loss("--model", model, "--adapter", extended, "--data", more);
        assertThat(loss("--model", merged, "--data", more))
                .isCloseTo(adapted, org.assertj.core.api.Assertions.within(1e-4));
        int rows = 0;
        try (SafeTensorsFile file =
                SafeTensorsFile.open(extended.resolve("adapter_model.safetensors"))) {
            for (String name : List.of("model.embed_tokens", "lm_head")) {
                String tensor = "base_model.model." + name + ".weight";
                rows = Math.toIntExact(file.info(tensor).shape().get(0));
                assertThat(Files.readString(extended.resolve("tokenizer.json")))
                        .contains("<|tool|>", "\"id\":" + (rows - 1));
            }
        }
        Cli.Run refused =
                Cli.run(
                        "train",
                        "--task",
                        "causal-lm",
                        "--model",
                        model,
                        "--data",
                        more,
                        "--output",
                        folder.resolve("x"),
                        "--add-tokens",
                        "x",
                        "--adapter",
                        extended);
        assertThat(refused.refusal(2)).contains("--add-tokens and --adapter");
        assertThat(adding(model, more, ",").refusal(2)).contains("--add-tokens lists no token");
        assertThat(adding(model, more, "").refusal(2)).contains("--add-tokens lists no token");
        assertThat(adding(model, more, "a, ,b").refusal(2))
                .contains("--add-tokens lists a blank token in [a,  , b]");
        assertThat(adding(model, more, "<a>,b,<a>").refusal(2))
                .contains("--add-tokens lists <a> twice");
        assertThat(adding(extended, more, "<|tool|>").refusal(1))
                .contains("no token to add", "<|tool|> already");
    }

    private Cli.Run adding(Path model, Path data, String tokens) {
        return Cli.run(
                "train",
                "--task",
                "causal-lm",
                "--model",
                model,
                "--data",
                data,
                "--output",
                folder.resolve("x"),
                "--add-tokens",
                tokens);
    }

    private static double loss(Object... arguments) {
        List<Object> all = new ArrayList<>(List.of("evaluate", "--json", "--threads", "1"));
        all.addAll(List.of(arguments));
        return Cli.done(all.toArray()).json().get("loss").getAsDouble();
    }
}
