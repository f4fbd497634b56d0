/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.lora4j.testkit.TinyLlama;

/** What a language model writes is compared with what was wanted. */
final class GeneratedTextsTest {
    @TempDir Path folder;

    @Test
    void textsAreComparedAndWritten() throws IOException {
        Path model = TinyLlama.write(folder.resolve("model"), 3);
        String made =
                Cli.done(
                                "generate",
                                "--model",
                                model,
                                "--prompt",
                                "the sea",
                                "--json",
                                "--max-new-tokens",
                                6,
                                "--temperature",
                                0)
                        .json()
                        .get("text")
                        .getAsString();
        JsonObject right = new JsonObject();
        right.addProperty("prompt", "the sea");
        right.addProperty("completion", " " + made.strip() + " ");
        JsonObject wrong = new JsonObject();
        wrong.addProperty("prompt", "a ship");
        wrong.addProperty("completion", "zzz");
        Path data = Files.writeString(folder.resolve("data.jsonl"), right + "\n" + wrong + "\n");
        Path predictions = folder.resolve("p.jsonl");
        JsonObject report =
                Cli.done(
                                "evaluate",
                                "--model",
                                model,
                                "--data",
                                data,
                                "--generate",
                                "--max-new-tokens",
                                6,
                                "--predictions",
                                predictions,
                                "--json")
                        .json();
        assertThat(report.get("exact_match").getAsDouble()).isEqualTo(0.5);
        assertThat(report.has("perplexity")).isTrue();
        List<String> lines = Files.readAllLines(predictions);
        JsonObject first = JsonParser.parseString(lines.get(0)).getAsJsonObject();
        assertThat(first.get("text").getAsString()).isEqualTo(made);
        assertThat(first.get("gold")).isEqualTo(right.get("completion"));
        assertThat(first.get("probability").getAsDouble()).isBetween(1e-9, 1.0);
        assertThat(lines).hasSize(2);
        assertThat(
                        Cli.run(
                                        "evaluate",
                                        "--model",
                                        model,
                                        "--data",
                                        data,
                                        "--predictions",
                                        predictions)
                                .err())
                .contains("expected --generate");
    }
}
