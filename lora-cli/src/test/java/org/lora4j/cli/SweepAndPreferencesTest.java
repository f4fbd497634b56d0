/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import com.google.gson.JsonObject;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.lora4j.testkit.TinyBert;
import org.lora4j.testkit.TinyLlama;

/** The commands that train by preferences, and several adapters at once. */
class SweepAndPreferencesTest {
    @TempDir Path folder;

    @Test
    void aSweepTrainsASettingAsTrainDoesAndNamesTheBest() throws IOException {
        Path model = TinyBert.write(folder.resolve("model"));
        Path data = TinyBert.texts(folder.resolve("train.tsv"), 24);
        List<Object> common =
                List.of(
                        "--model",
                        model,
                        "--data",
                        data,
                        "--validation",
                        data,
                        "--text-column",
                        "text",
                        "--label-column",
                        "label",
                        "--target-modules",
                        "query,value",
                        "--steps",
                        "8",
                        "--batch-size",
                        "4",
                        "--seed",
                        "3",
                        "--threads",
                        "1",
                        "--alpha",
                        "5",
                        "--base-dropout",
                        "off",
                        "--json");
        List<Object> sweep = new ArrayList<>(List.of("sweep"));
        common.stream()
                .filter(each -> !"--base-dropout".equals(each) && !"off".equals(each))
                .forEach(sweep::add);
        Path output = folder.resolve("sweep");
        sweep.addAll(
                List.of("--output", output, "--ranks", "2,4", "--learning-rates", "1e-2,1e-4"));
        JsonObject json = Cli.done(sweep.toArray()).json();
        assertThat(json.getAsJsonArray("adapters")).hasSize(4);
        assertThat(json.get("best").getAsString()).endsWith("lr0.01");
        JsonObject first = json.getAsJsonArray("adapters").get(0).getAsJsonObject();
        assertThat(first.get("adapter").getAsString()).isEqualTo("r2-lr0.01");
        List<Object> train = new ArrayList<>(List.of("train"));
        train.addAll(common);
        train.remove("--base-dropout");
        train.remove("off");
        train.addAll(
                List.of(
                        "--output",
                        folder.resolve("alone"),
                        "--rank",
                        "2",
                        "--learning-rate",
                        "1e-2",
                        "--keep",
                        "last"));
        JsonObject alone = Cli.done(train.toArray()).json();
        double loss = alone.getAsJsonObject("validation").get("loss").getAsDouble();
        assertThat(first.getAsJsonObject("validation").get("loss").getAsDouble())
                .isCloseTo(loss, within(1e-5));
        assertThat(output.resolve("r4-lr1e-4/adapter_model.safetensors")).exists();
        assertThat(Cli.run(sweep.toArray()).refusal(1)).contains("r2-lr0.01: is there already");
    }

    @Test
    void preferencesAreTrainedAndValidated() throws IOException {
        Path model = TinyLlama.write(folder.resolve("model"), 5);
        Path data = folder.resolve("pairs.jsonl");
        Files.writeString(
                data,
                """
                {"prompt": "a", "chosen": " good one", "rejected": " bad"}
                {"prompt": "b", "chosen": " good", "rejected": " bad one"}
                """);
        JsonObject json =
                Cli.done(
                                "train",
                                "--task",
                                "dpo",
                                "--model",
                                model,
                                "--data",
                                data,
                                "--validation",
                                data,
                                "--output",
                                folder.resolve("adapter"),
                                "--steps",
                                "6",
                                "--learning-rate",
                                "1e-2",
                                "--beta",
                                "0.3",
                                "--target-modules",
                                "all-linear",
                                "--threads",
                                "1",
                                "--json")
                        .json();
        JsonObject validation = json.getAsJsonObject("validation");
        assertThat(validation.get("loss").getAsDouble()).isLessThan(0.6);
        assertThat(validation.get("rewards/accuracies").getAsDouble()).isEqualTo(1);
        List<Object> evaluate =
                List.of(
                        "evaluate",
                        "--task",
                        "dpo",
                        "--model",
                        model,
                        "--adapter",
                        folder.resolve("adapter"),
                        "--data",
                        data,
                        "--beta",
                        "0.3",
                        "--threads",
                        "1",
                        "--json");
        JsonObject measured = Cli.done(evaluate.toArray()).json();
        for (String metric :
                List.of("loss", "rewards/chosen", "rewards/rejected", "rewards/margins")) {
            assertThat(measured.get(metric).getAsDouble())
                    .as(metric)
                    .isCloseTo(validation.get(metric).getAsDouble(), within(1e-6));
        }
        assertThat(
                        Cli.run("evaluate", "--task", "dpo", "--model", model, "--data", data)
                                .refusal(2))
                .contains("expected --adapter");
        assertThat(Cli.run("evaluate", "--model", model, "--data", data, "--beta", "1").refusal(2))
                .contains("--beta is for --task dpo");
        assertThat(
                        Cli.run(
                                        "train",
                                        "--task",
                                        "dpo",
                                        "--model",
                                        model,
                                        "--data",
                                        data,
                                        "--output",
                                        folder.resolve("other"),
                                        "--method",
                                        "full")
                                .refusal(2))
                .contains("trains the base, which is the reference");
        assertThat(
                        Cli.run(
                                        "train",
                                        "--task",
                                        "causal-lm",
                                        "--model",
                                        model,
                                        "--data",
                                        data,
                                        "--output",
                                        folder.resolve("other"),
                                        "--beta",
                                        "1")
                                .refusal(2))
                .contains("--beta is not for --task causal-lm");
    }
}
