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
import org.lora4j.demo.address.AddressGenerator;
import org.lora4j.demo.address.Split;

/** The demonstration with few addresses: that it runs, not what it learns. */
class DemoCommandTest {
    @TempDir private Path directory = Path.of("");

    @Test
    void aFewAddressesShowEveryPart() throws IOException {
        Path test = directory.resolve("test.jsonl");
        var address = new AddressGenerator(5, Split.TEST).next();
        JsonObject line = new JsonObject();
        line.addProperty("address", address.text());
        line.addProperty("json", address.json());
        Files.writeString(test, line + "\n");
        Path output = directory.resolve("demo");
        Cli.Run run =
                Cli.done(
                        "demo",
                        "--addresses",
                        "100",
                        "--unseen",
                        "5",
                        "--compare",
                        "--test",
                        test,
                        "--output",
                        output,
                        "--json");
        assertThat(run.err()).contains("before: ", "after: ", "full fine-tuning", "./lora4j train");
        JsonObject json = run.json();
        assertThat(json.get("exact_before").getAsDouble()).isZero();
        assertThat(json.get("exact_test").getAsDouble()).isBetween(0.0, 1.0);
        assertThat(json.get("steps").getAsInt()).isPositive();
        assertThat(json.get("trainable_parameters").getAsLong())
                .isLessThan(json.getAsJsonObject("full").get("trainable_parameters").getAsLong());
        assertThat(json.get("adapter_bytes").getAsLong())
                .isLessThan(json.get("base_bytes").getAsLong());
        Path adapter = output.resolve("adapter");
        assertThat(adapter.resolve("adapter_config.json")).isNotEmptyFile();
        assertThat(adapter.resolve("adapter_model.safetensors")).isNotEmptyFile();
        assertThat(adapter.resolve("loss.png")).isNotEmptyFile();
        assertThat(Files.readAllLines(output.resolve("train.jsonl"))).hasSize(100);
        assertThat(Cli.done("inspect", adapter, "--json").json().get("rank").getAsInt())
                .isEqualTo(16);
        assertThat(Cli.done("inspect", adapter, "--verify").out())
                .contains("training data", "train.jsonl", "base")
                .doesNotContain("not here");
        assertThat(output.resolve("full").resolve("provenance.json")).isNotEmptyFile();
    }

    @Test
    void whatIsWrongIsSaidBeforeTheWork() throws IOException {
        Path test = Files.writeString(directory.resolve("test.jsonl"), "{\"address\":\"x\"}\n");
        Path output = directory.resolve("demo");
        assertThat(Cli.run("demo", "--test", test, "--output", output).refusal(1))
                .contains("test.jsonl, line 1", "json");
        assertThat(output).doesNotExist();
        assertThat(Cli.run("demo", "--addresses", "0").refusal(2)).contains("--addresses is 0");
    }
}
