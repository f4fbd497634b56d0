/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class InspectScriptTest {
    private static final Path GOLDENS =
            Path.of("../lora-djl/src/test/resources/golden/torchscript");

    @TempDir Path folder;

    @Test
    void aTracedModelsModulesAreListed() {
        Path file = GOLDENS.resolve("bert.pt");
        assertThat(Cli.done("inspect", file).out())
                .contains("TorchScript, ", "encoder.layer.*", "Linear", "linear, activation mode");
        JsonObject json =
                JsonParser.parseString(Cli.done("inspect", file, "--json").out().strip())
                        .getAsJsonObject();
        assertThat(json.get("kind").getAsString()).isEqualTo("torchscript");
        JsonObject query = null;
        for (JsonElement module : json.getAsJsonArray("modules")) {
            JsonObject each = module.getAsJsonObject();
            if (each.get("module").getAsString().endsWith("layer.0.attention.self.query")) {
                query = each;
            }
        }
        assertThat(query).isNotNull();
        JsonObject weight = query.getAsJsonArray("parameters").get(0).getAsJsonObject();
        assertThat(weight.get("adaptable").getAsBoolean()).isTrue();
        assertThat(weight.get("form").getAsString()).isEqualTo("linear");
    }

    @Test
    void whatCannotBeAdaptedIsSaidWithTheReason() {
        assertThat(Cli.done("inspect", GOLDENS.resolve("dynamic-int8.pt")).out())
                .contains("0 weights can be adapted");
    }

    @Test
    void aFileThatIsNoArchiveIsRefused() throws IOException {
        Path file = Files.writeString(folder.resolve("model.pt"), "no archive");
        assertThat(Cli.run("inspect", file).refusal(1)).contains("model.pt");
    }
}
