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
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

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
