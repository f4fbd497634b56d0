/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.gson.JsonObject;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

class EstimateTest {
    @TempDir private Path folder;

    @Test
    void theParametersAreThoseOfTheTraining() throws IOException {
        Bench bench = Bench.in(folder);
        JsonObject said =
                Cli.done(
                                "estimate",
                                "--model",
                                bench.model(),
                                "--data",
                                bench.train(),
                                "--text-column",
                                "text",
                                "--rank",
                                "3",
                                "--batch-size",
                                "16",
                                "--epochs",
                                "2",
                                "--threads",
                                "1",
                                "--json")
                        .json();
        JsonObject trained =
                Cli.done(bench.train(folder.resolve("adapter"), "--epochs", "2", "--json")).json();
        assertThat(said.get("steps")).isEqualTo(trained.get("steps"));
        assertThat(said.get("trainable_parameters")).isEqualTo(trained.get("trainable_parameters"));
        assertThat(said.get("all_parameters")).isEqualTo(trained.get("all_parameters"));
        long sum =
                said.getAsJsonObject("memory").entrySet().stream()
                        .mapToLong(part -> part.getValue().getAsLong())
                        .sum();
        assertThat(said.get("peak_bytes").getAsLong()).isEqualTo(sum).isGreaterThan(100_000_000);
        assertThat(said.get("train_seconds").getAsDouble()).isPositive();
    }

    @Test
    void aConfigurationAloneIsEnough() throws IOException {
        Files.writeString(
                folder.resolve("config.json"),
                """
                {"model_type": "gpt2", "architectures": ["GPT2LMHeadModel"], "n_embd": 12288,
                 "n_layer": 96, "n_head": 96, "n_positions": 2048, "vocab_size": 50257}
                """);
        Cli.Run run =
                Cli.done(
                        "estimate",
                        "--model",
                        folder,
                        "--task",
                        "causal-lm",
                        "--steps",
                        "10",
                        "--rank",
                        "4",
                        "--target-modules",
                        "c_attn",
                        "--dtype",
                        "bf16");
        assertThat(run.out())
                .contains("trainable params: 18,874,368")
                .contains("activations", "optimiser", "together", "10 steps of 2,048 tokens in");
        assertThat(kept("--checkpoint-layers", "all"))
                .isEqualTo(kept("--memory", "1k"))
                .isLessThan(kept("--checkpoint-layers", "none") / 4);
        assertThat(Cli.run("estimate", "--model", folder, "--task", "causal-lm").err())
                .contains("without --data, --steps says how long the training is");
    }

    /** As the training says once its model is there. */
    @ParameterizedTest(name = "{0}")
    @MethodSource("trainings")
    void everyMethodAndTaskIsCounted(List<String> options, List<String> ofTraining)
            throws IOException {
        Bench bench = Bench.in(folder);
        List<Object> inspect = new ArrayList<>(List.of("inspect", bench.model()));
        inspect.addAll(options);
        JsonObject said = json(inspect);
        List<Object> train = new ArrayList<>(List.of("train", "--model", bench.model(), "--data"));
        Path data = Files.writeString(folder.resolve(ofTraining.get(0)), ofTraining.get(1));
        train.addAll(List.of(data, "--output", folder.resolve("a"), "--steps", "1"));
        train.addAll(List.of("--threads", "1"));
        train.addAll(ofTraining.subList(2, ofTraining.size()));
        JsonObject trained = json(train);
        assertThat(said.get("trainable_parameters")).isEqualTo(trained.get("trainable_parameters"));
        assertThat(said.get("all_parameters")).isEqualTo(trained.get("all_parameters"));
    }

    private static JsonObject json(List<Object> arguments) {
        arguments.add("--json");
        return Cli.done(arguments.toArray()).json();
    }

    static Stream<Arguments> trainings() {
        String rows = "label\ttext\na\tgood food\nb\tbad film\nc\ta film\nd\tthe food\n";
        List<String> columns =
                List.of("--text-column", "text", "--label-column", "label", "--new-head");
        String words = "{\"tokens\": [\"good\", \"food\"], \"tags\": [\"O\", \"B-F\"]}\n";
        String pairs =
                "{\"anchor\": \"good food\", \"positive\": \"the food\"}\n"
                        + "{\"anchor\": \"bad film\", \"positive\": \"the film\"}\n";
        String questions =
                "{\"question\": \"film\", \"context\": \"the food\", \"answers\":"
                        + " [{\"text\": \"food\", \"answer_start\": 4}]}\n";
        List<String> ia3 = List.of("--method", "ia3");
        List<String> tuned = List.of("--method", "p-tuning", "--num-virtual-tokens", "3");
        List<String> tokens = List.of("--trainable-token-indices", "5,7", "--dora");
        return Stream.of(
                Arguments.of(
                        joined(ia3, List.of("--labels", "4")),
                        joined(List.of("rows.tsv", rows), ia3, columns)),
                Arguments.of(
                        joined(tuned, List.of("--task", "multi-label", "--labels", "4")),
                        joined(List.of("rows.tsv", rows, "--task", "multi-label"), tuned, columns)),
                Arguments.of(
                        joined(tokens, List.of("--task", "token-cls", "--labels", "3")),
                        joined(
                                List.of("words.jsonl", words, "--task", "token-cls"),
                                tokens,
                                List.of("--new-head"))),
                Arguments.of(
                        joined(ia3, List.of("--task", "qa")),
                        joined(List.of("q.jsonl", questions, "--task", "qa"), ia3)),
                Arguments.of(
                        joined(ia3, List.of("--task", "embedding")),
                        joined(List.of("pairs.jsonl", pairs, "--task", "embedding"), ia3)));
    }

    @SafeVarargs
    private static List<String> joined(List<String>... parts) {
        List<String> all = new ArrayList<>();
        for (List<String> part : parts) {
            all.addAll(part);
        }
        return all;
    }

    /** Virtual tokens are tokens of each text, and estimate counts what inspect does. */
    @Test
    void softPromptsAreEstimated() throws IOException {
        Bench bench = Bench.in(folder);
        JsonObject longer = estimate(bench, "8");
        JsonObject shorter = estimate(bench, "1");
        assertThat(activations(longer)).isGreaterThan(1.3 * activations(shorter));
        List<Object> inspect = new ArrayList<>(List.of("inspect", bench.model()));
        inspect.addAll(List.of("--method", "prompt-tuning", "--num-virtual-tokens", "8"));
        JsonObject found = json(inspect);
        assertThat(found.get("trainable_parameters")).isEqualTo(longer.get("trainable_parameters"));
        assertThat(found.get("all_parameters")).isEqualTo(longer.get("all_parameters"));
    }

    private static JsonObject estimate(Bench bench, String virtualTokens) {
        List<Object> all = new ArrayList<>(List.of("estimate", "--model", bench.model()));
        all.addAll(List.of("--steps", "10", "--max-length", "16", "--threads", "1"));
        all.addAll(List.of("--method", "prompt-tuning", "--num-virtual-tokens", virtualTokens));
        return json(all);
    }

    /** A training of questions has an example for each window of a context. */
    @Test
    void windowsOfContextsAreCounted() throws IOException {
        Bench bench = Bench.in(folder);
        String line = "{\"question\": \"film\", \"context\": \"%s\", \"answers\": []}\n";
        Path data =
                Files.writeString(
                        folder.resolve("q.jsonl"),
                        line.formatted("food") + line.formatted("the food ".repeat(6)));
        List<Object> options = new ArrayList<>(List.of("--model", bench.model(), "--data", data));
        options.addAll(List.of("--task", "qa", "--max-length", "12", "--batch-size", "1"));
        options.addAll(List.of("--epochs", "1", "--threads", "1"));
        List<Object> estimate = new ArrayList<>(List.of("estimate"));
        estimate.addAll(options);
        List<Object> train = new ArrayList<>(List.of("train"));
        train.addAll(options);
        train.addAll(List.of("--output", folder.resolve("qa")));
        int steps = json(estimate).get("steps").getAsInt();
        assertThat(steps).isEqualTo(json(train).get("steps").getAsInt()).isGreaterThan(2);
    }

    private static double activations(JsonObject estimate) {
        return estimate.getAsJsonObject("memory").get("activations").getAsDouble();
    }

    @Test
    void whatCannotBeCountedIsRefused() {
        assertThat(Cli.run("estimate", "--model", folder, "--task", "dpo").refusal(2))
                .contains("preferences");
        assertThat(Cli.run("inspect", folder, "--method", "full").refusal(2))
                .contains("no adapter to count");
        assertThat(Cli.run("inspect", folder, "--method", "ia3", "--rank", "3").refusal(2))
                .contains("--rank is not for --method ia3");
        assertThat(Cli.run("inspect", folder, "--task", "rerank", "--labels", "3").refusal(2))
                .contains("--labels is not for --task rerank");
    }

    private long kept(String option, String value) {
        return Cli.done(
                        "estimate",
                        "--model",
                        folder,
                        "--task",
                        "causal-lm",
                        "--steps",
                        "10",
                        "--target-modules",
                        "c_attn",
                        option,
                        value,
                        "--json")
                .json()
                .getAsJsonObject("memory")
                .get("activations")
                .getAsLong();
    }
}
