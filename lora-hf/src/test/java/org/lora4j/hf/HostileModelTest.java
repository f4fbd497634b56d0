/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.hf;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Model directories with other things in the place of a file, or numbers beyond all types. */
@Timeout(60)
final class HostileModelTest {
    private static final Task TWO = Task.sequenceClassification("no", "yes");

    @TempDir Path folder;

    static Stream<String> files() {
        return Stream.of(
                "config.json",
                "model.safetensors",
                "tokenizer.json",
                "tokenizer_config.json",
                "special_tokens_map.json");
    }

    @ParameterizedTest
    @MethodSource("files")
    void aFileOfAnotherKindIsNamed(String name) throws Exception {
        Path directory = Golden.model(folder, "bare");
        Path file = directory.resolve(name);
        Files.write(file, "{\"a\": 1}".getBytes(StandardCharsets.UTF_16));
        assertRefused(directory, file, "UTF-16");
        Files.writeString(file, "version https://git-lfs.github.com/spec/v1\noid sha256:0\n");
        assertRefused(directory, file, "Git LFS");
        Files.writeString(file, "<html>not found</html>");
        assertRefused(directory, file, "web page");
        Files.delete(file);
        new ProcessBuilder("mkfifo", file.toString()).start().waitFor();
        if (Files.exists(file)) {
            assertRefused(directory, file, "a pipe");
        }
    }

    private static void assertRefused(Path directory, Path file, String said) {
        assertThatThrownBy(() -> LoraModel.load(directory, TWO))
                .isInstanceOf(IOException.class)
                .hasMessageContaining(file.toString())
                .hasMessageContaining(said);
    }

    @Test
    void aFileInThePlaceOfADirectoryIsNamed() {
        Path file = Golden.model(folder, "bare").resolve("model.safetensors");
        assertThatThrownBy(() -> LoraModel.load(file, TWO))
                .isInstanceOf(IOException.class)
                .hasMessageContaining(file + ": is a file");
    }

    @Test
    void theQuantisationIsNamed() throws IOException {
        JsonObject method = new JsonObject();
        method.addProperty("quant_method", "gptq");
        Path directory =
                Golden.model(folder, "bare", json -> json.add("quantization_config", method));
        assertThatThrownBy(() -> LoraModel.load(directory, TWO))
                .isInstanceOf(IOException.class)
                .hasMessageContaining("quantised (gptq)");
    }

    /** Each number of each file becomes one that no type holds: it loads, or says what is wrong. */
    @Test
    void numbersBeyondAllTypesGiveAnIoExceptionOrAModel() throws IOException {
        int refused = 0;
        for (String name : List.of("config.json", "tokenizer_config.json")) {
            Path directory = Golden.model(folder, "bare");
            Path file = directory.resolve(name);
            String text = Files.exists(file) ? Files.readString(file) : "{}";
            JsonObject original = JsonParser.parseString(text).getAsJsonObject();
            original.addProperty("eos_token_id", 1);
            original.addProperty("model_max_length", 24);
            for (String key : original.keySet()) {
                boolean number =
                        original.get(key).isJsonPrimitive()
                                && original.get(key).getAsJsonPrimitive().isNumber();
                for (String value :
                        List.of("1e99999", "-1e99999", "9223372036854775808", "1e-99999", "NaN")) {
                    if (number) {
                        JsonObject edited = original.deepCopy();
                        edited.addProperty(key, "@");
                        Files.writeString(file, edited.toString().replace("\"@\"", value));
                        refused += refuses(directory) ? 1 : 0;
                    }
                }
            }
        }
        assertThat(refused).isGreaterThan(20);
    }

    private static boolean refuses(Path directory) {
        try (LoraModel model = LoraModel.load(directory, TWO)) {
            assertThat(model.maxPositions()).isPositive();
            return false;
        } catch (IOException e) {
            assertThat(e).hasMessageContaining("config.json");
            return true;
        }
    }

    @Test
    void sizesWhoseProductOverflowsAreRefused() throws IOException {
        Path directory =
                Golden.model(
                        folder,
                        "bare",
                        json -> {
                            json.addProperty("num_labels", Integer.MAX_VALUE);
                            json.addProperty("intermediate_size", Integer.MAX_VALUE);
                        });
        assertThatThrownBy(() -> LoraModel.load(directory, TWO)).isInstanceOf(IOException.class);
    }
}
