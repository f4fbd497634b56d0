/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.djl.combine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.within;

import com.google.gson.Gson;
import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Objects;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.lora4j.core.Combination;

/** Merged task tensors against peft 0.21.2. */
@Tag("once-per-jdk")
final class TaskTensorsTest {
    private static final JsonObject GOLDEN = golden();
    private static final Gson GSON = new Gson();

    private static JsonObject golden() {
        try (InputStream in =
                Objects.requireNonNull(
                        TaskTensorsTest.class.getResourceAsStream(
                                "/golden/combinations/cases.json"))) {
            return JsonParser.parseReader(new InputStreamReader(in, StandardCharsets.UTF_8))
                    .getAsJsonObject();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static Combination.Pruned how(String name, JsonObject settings) {
        double density = settings.get("density").getAsDouble();
        Combination.Signs signs =
                settings.has("majority_sign_method")
                        ? Combination.Signs.valueOf(
                                settings.get("majority_sign_method")
                                        .getAsString()
                                        .toUpperCase(Locale.ROOT))
                        : Combination.Signs.ANY;
        if (name.startsWith("dare")) {
            return signs == Combination.Signs.ANY
                    ? Combination.dareLinear(density, 0)
                    : Combination.dareTies(density, signs, 0);
        }
        return signs == Combination.Signs.ANY
                ? Combination.magnitudePrune(density)
                : Combination.ties(density, signs);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "magnitude_prune",
                "ties",
                "ties_frequency",
                "ties_none",
                "ties_all",
                "dare_linear",
                "dare_ties",
                "dare_ties_frequency"
            })
    void eachRuleGivesPeftsNumbers(String name) {
        JsonObject settings = GOLDEN.getAsJsonObject("cases").getAsJsonObject(name);
        float[][] tensors = GSON.fromJson(GOLDEN.get("tensors"), float[][].class);
        double[] weights = GSON.fromJson(GOLDEN.get("weights"), double[].class);
        long[] keys = GSON.fromJson(GOLDEN.get("keys"), long[].class);
        float[] expected = GSON.fromJson(settings.get("expected"), float[].class);
        float[] found = TaskTensors.merged(how(name, settings), List.of(tensors), weights, keys);
        assertThat(found).containsExactly(expected, within(1e-6f));
        keys[0]++;
        float[] other = TaskTensors.merged(how(name, settings), List.of(tensors), weights, keys);
        assertThat(Arrays.equals(found, other)).isEqualTo(!name.startsWith("dare"));
    }

    @Test
    void asManyAreKeptAsTheDensitySaysEvenOfEqualOnes() {
        float[] equal = {1, -1, 1, 1, -1, 1, 1};
        float[] found =
                TaskTensors.merged(
                        Combination.magnitudePrune(0.5),
                        List.of(equal),
                        new double[] {2},
                        new long[1]);
        assertThat(found).containsExactly(2, -2, 2, 0, 0, 0, 0);
    }

    @Test
    void aDensityOutOfRangeIsRefused() {
        for (double density : new double[] {-0.1, 1.1, Double.NaN}) {
            assertThatIllegalArgumentException()
                    .isThrownBy(() -> Combination.magnitudePrune(density))
                    .withMessageContaining("density")
                    .withMessageContaining("" + density);
        }
        assertThatIllegalArgumentException()
                .isThrownBy(() -> Combination.dareLinear(0, 1))
                .withMessageContaining("above 0");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> Combination.magnitudePrune(0.5).ofUpdates(-1))
                .withMessageContaining("-1");
    }
}
