/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.generate;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import com.google.gson.JsonArray;
import com.google.gson.JsonElement;
import com.google.gson.JsonParser;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.Reader;
import java.nio.charset.StandardCharsets;
import java.util.Objects;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** ROUGE-L of drawn texts is rouge_score's. */
@Tag("once-per-jdk")
final class RougeLTest {
    @Test
    void scoresAreThoseOfRougeScore() throws IOException {
        JsonArray cases;
        try (Reader in =
                new InputStreamReader(
                        Objects.requireNonNull(
                                RougeLTest.class.getResourceAsStream("/golden/rouge/cases.json")),
                        StandardCharsets.UTF_8)) {
            cases = JsonParser.parseReader(in).getAsJsonArray();
        }
        int between = 0;
        for (JsonElement element : cases) {
            JsonArray one = element.getAsJsonArray();
            double expected = one.get(2).getAsDouble();
            assertThat(RougeL.of(one.get(0).getAsString(), one.get(1).getAsString()))
                    .as(one.toString())
                    .isCloseTo(expected, within(1e-12));
            between += expected > 0 && expected < 1 ? 1 : 0;
        }
        assertThat(between).as("cases that are neither right nor wrong").isGreaterThan(30);
    }
}
