/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.hf.rotary;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.google.gson.JsonArray;
import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.Objects;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.lora4j.hf.model.ModelConfig;

class RotaryFrequenciesTest {
    /**
     * torch's vectorised pow is exact to one unit in the last place, Java's, rounded once, to half.
     */
    private static final int ULPS = 2;

    @TempDir Path folder;

    static Stream<String> names() throws IOException {
        return cases().keySet().stream();
    }

    private static JsonObject cases() throws IOException {
        try (InputStream in =
                Objects.requireNonNull(
                        RotaryFrequenciesTest.class.getResourceAsStream(
                                "/golden/rotary/cases.json"))) {
            return JsonParser.parseReader(new InputStreamReader(in, StandardCharsets.UTF_8))
                    .getAsJsonObject()
                    .getAsJsonObject("cases");
        }
    }

    @ParameterizedTest
    @MethodSource("names")
    void frequenciesAreThoseOfTransformers(String name) throws IOException {
        JsonObject golden = cases().getAsJsonObject(name);
        int headDim = golden.get("head_dim").getAsInt();
        RotaryFrequencies rotary =
                RotaryFrequencies.of(config(golden.getAsJsonObject("config")), headDim);
        float[] first = rotary.inverse(1);
        boolean same = true;
        for (Map.Entry<String, JsonElement> run : golden.getAsJsonObject("runs").entrySet()) {
            JsonObject expected = run.getValue().getAsJsonObject();
            float[] found = rotary.inverse(Integer.parseInt(run.getKey()));
            JsonArray inverse = expected.getAsJsonArray("inverse");
            assertEquals(inverse.size(), found.length);
            assertEquals(2 * inverse.size(), rotary.channels());
            for (int i = 0; i < found.length; i++) {
                float value = (float) Double.parseDouble(inverse.get(i).getAsString());
                assertEquals(value, found[i], ULPS * Math.ulp(value), run.getKey() + " pair " + i);
                same &= found[i] == first[i];
            }
            assertEquals(
                    Double.parseDouble(expected.get("attention").getAsString()),
                    rotary.attentionFactor(),
                    1e-15);
        }
        assertTrue(same || rotary.dependsOnLength());
    }

    private ModelConfig config(JsonObject json) throws IOException {
        Files.writeString(folder.resolve("config.json"), json.toString());
        return ModelConfig.read(folder);
    }

    private String refusal(String scaling) {
        JsonObject json =
                JsonParser.parseString(
                                "{model_type: 'llama', max_position_embeddings: 64, rope_scaling: "
                                        + scaling
                                        + "}")
                        .getAsJsonObject();
        return Objects.requireNonNull(
                assertThrows(IOException.class, () -> RotaryFrequencies.of(config(json), 16))
                        .getMessage());
    }

    private void assertRefused(String scaling, String... parts) {
        String message = refusal(scaling);
        for (String part : parts) {
            assertTrue(message.contains(part), message);
        }
    }

    @Test
    void whatIsUnknownIsNamed() {
        assertRefused("{rope_type: 'spiral'}", "spiral", "llama3");
        assertRefused("{full_attention: {rope_type: 'default'}}", "full_attention");
        assertRefused("'linear'", "rope_scaling", "an object");
        assertRefused("{rope_type: 3}", "rope_scaling.rope_type", "a string");
    }

    @Test
    void numbersThatMakeNoSenseAreNamed() {
        assertRefused("{type: 'linear'}", "rope_scaling.factor", "nothing");
        assertRefused("{type: 'linear', factor: 0}", "factor", "above 0");
        assertRefused("{type: 'dynamic', factor: -1}", "factor", "above 0");
        assertRefused(
                "{type: 'dynamic', factor: 2, partial_rotary_factor: 0.125}",
                "partial_rotary_factor is 0.125",
                "dynamic");
        assertRefused("{rope_theta: 0}", "rope_theta", "above 0");
        assertRefused("{partial_rotary_factor: 1.5}", "partial_rotary_factor", "1.5");
        assertRefused(
                "{type: 'longrope', short_factor: [1, 2], long_factor: [1, 2]}",
                "short_factor has 2",
                "8");
        assertRefused("{type: 'longrope', short_factor: ['a']}", "short_factor", "numbers");
        assertRefused(
                "{rope_type: 'llama3', factor: 8, low_freq_factor: 4, high_freq_factor: 4}",
                "high_freq_factor");
        assertRefused("{rope_type: 'yarn', factor: 4, beta_fast: -3}", "beta_fast", "-3");
    }

    @Test
    void anOddNumberOfChannelsIsRoundedUp() throws IOException {
        JsonObject json =
                JsonParser.parseString("{model_type: 'phi3', partial_rotary_factor: 0.5}")
                        .getAsJsonObject();
        RotaryFrequencies rotary = RotaryFrequencies.of(config(json), 10);
        assertEquals(6, rotary.channels());
        assertEquals(3, rotary.inverse(1).length);
        assertEquals(Math.pow(10_000, -0.8), rotary.inverse(1)[2], 1e-9);
    }
}
