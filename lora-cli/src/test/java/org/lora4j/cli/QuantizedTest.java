/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.lora4j.testkit.TinyLlama;

/** Bases in 4 and 8 bits on the command line. */
class QuantizedTest {
    @TempDir private static Path folder = Path.of("");

    private static Path model = Path.of("");
    private static Path data = Path.of("");

    @BeforeAll
    static void write() throws IOException {
        model = TinyLlama.write(folder.resolve("model"), 5);
        data =
                Files.write(
                        folder.resolve("data.jsonl"),
                        Collections.nCopies(
                                24, "{\"prompt\": \"say cat:\", \"completion\": \" cat\"}"));
    }

    private static Object[] train(String output, Object... more) {
        List<Object> all =
                new ArrayList<>(
                        List.of("train", "--model", model, "--task", "causal-lm", "--data", data));
        all.addAll(List.of("--output", folder.resolve(output), "--rank", "3", "--threads", "1"));
        all.addAll(List.of("--batch-size", "2", "--max-length", "64", "--steps", "12"));
        all.addAll(List.of(more));
        return all.toArray();
    }

    private static double loss(Object... more) {
        List<Object> all = new ArrayList<>(List.of("evaluate", "--threads", "1", "--json"));
        all.addAll(List.of("--model", model, "--data", data));
        all.addAll(List.of(more));
        return Cli.done(all.toArray()).json().get("loss").getAsDouble();
    }

    @Test
    void anAdapterLearnsOnABaseInFourBitsAndIsMergedIntoTheWholeOne() {
        Path adapter = folder.resolve("four");
        Cli.done(train("four", "--load-in-4bit", "--learning-rate", "1e-2"));
        double before = loss("--load-in-4bit");
        double after = loss("--adapter", adapter, "--load-in-4bit");
        assertThat(after).isLessThan(before / 2);
        assertThat(before).isNotEqualTo(loss()).isNotEqualTo(loss("--load-in-8bit"));
        assertThat(loss("--load-in-4bit", "--nested-quant", "off")).isNotEqualTo(before);
        assertThat(loss("--load-in-4bit", "--keep-in-full", "model")).isEqualTo(loss());
        Cli.Run text =
                Cli.done(
                        "generate",
                        "--model",
                        model,
                        "--adapter",
                        adapter,
                        "--prompt",
                        "say cat:",
                        "--max-new-tokens",
                        "8",
                        "--load-in-4bit",
                        "--threads",
                        "1");
        assertThat(text.out()).isNotBlank();
        Cli.done(
                "merge",
                "--model",
                model,
                "--adapter",
                adapter,
                "--output",
                folder.resolve("merged"),
                "--threads",
                "1");
        assertThat(folder.resolve("merged/model.safetensors")).exists();
    }

    @Test
    void modulesThatTrainWholeAreLeftInFull() {
        Cli.done(train("whole", "--load-in-8bit", "--modules-to-save", "up_proj"));
        double loss = loss("--adapter", folder.resolve("whole"), "--load-in-8bit");
        assertThat(loss).isPositive();
    }

    @ParameterizedTest
    @ValueSource(strings = {"ia3", "prompt-tuning"})
    void adaptersOfOtherMethodsLearnOnABaseInFourBits(String method) {
        List<Object> all =
                new ArrayList<>(List.of(train(method, "--load-in-4bit", "--learning-rate", "0.1")));
        int rank = all.indexOf("--rank");
        all.set(rank, "--method");
        all.set(rank + 1, method);
        Cli.done(all.toArray());
        double loss = loss("--adapter", folder.resolve(method), "--load-in-4bit");
        assertThat(loss).isLessThan(loss("--load-in-4bit"));
    }

    @Test
    void optionsThatContradictEachOtherAreRefused() {
        assertThat(Cli.run(train("a", "--load-in-4bit", "--load-in-8bit")).refusal(2))
                .contains("exclude each other");
        assertThat(Cli.run(train("a", "--load-in-8bit", "--nested-quant", "on")).refusal(2))
                .contains("--nested-quant needs --load-in-4bit");
        assertThat(Cli.run(train("a", "--keep-in-full", "q_proj")).refusal(2))
                .contains("--keep-in-full needs");
        assertThat(Cli.run(train("a", "--load-in-4bit", "--method", "full")).refusal(2))
                .contains("frozen");
        assertThat(Cli.run(train("a", "--load-in-4bit", "--keep-in-full", "a(")).refusal(2))
                .contains("'a('");
    }

    @Test
    void aLayerToKeepInFullThatIsNoneIsAnError() {
        String none = "layers to keep in full precision: qproj is no layer";
        assertThat(Cli.run(train("a", "--load-in-4bit", "--keep-in-full", "qproj")).err())
                .contains(none, "q_proj");
        assertThat(
                        Cli.run(
                                        "estimate",
                                        "--model",
                                        model,
                                        "--task",
                                        "causal-lm",
                                        "--steps",
                                        "1",
                                        "--load-in-8bit",
                                        "--keep-in-full",
                                        "qproj")
                                .err())
                .contains(none, "q_proj");
    }

    @Test
    void theEstimateCountsPackedLayers() {
        long four = base("--load-in-4bit");
        long eight = base("--load-in-8bit");
        long full = base();
        // two layers of 48: 4 x 48 x 48 less two halves, and 3 x 48 x 80
        long packed = 2 * (3 * 48 * 48 + 3 * 48 * 80);
        assertThat(full - four).isBetween(packed * 55 / 16, packed * 56 / 16);
        assertThat(full - eight).isBetween(packed * 11 / 4, packed * 12 / 4);
    }

    private static long base(String... more) {
        List<Object> all = new ArrayList<>(List.of("estimate", "--model", model, "--json"));
        all.addAll(List.of("--task", "causal-lm", "--steps", "10", "--threads", "1"));
        all.addAll(List.of(more));
        return Cli.done(all.toArray()).json().getAsJsonObject("memory").get("base").getAsLong();
    }
}
