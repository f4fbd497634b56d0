/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.text.token;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import com.google.gson.JsonArray;
import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.Reader;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.lora4j.train.metric.ClassReport;

/** Entities and their scores are seqeval's. */
@Tag("once-per-jdk")
final class EntityCountsTest {
    private static JsonArray cases() throws IOException {
        try (Reader in =
                new InputStreamReader(
                        Objects.requireNonNull(
                                EntityCountsTest.class.getResourceAsStream(
                                        "/golden/entities/cases.json")),
                        StandardCharsets.UTF_8)) {
            return JsonParser.parseReader(in).getAsJsonArray();
        }
    }

    private static List<String> strings(JsonElement row) {
        return row.getAsJsonArray().asList().stream().map(JsonElement::getAsString).toList();
    }

    private static Map<String, ClassReport.Scores> expected(JsonObject scores) {
        Map<String, ClassReport.Scores> expected = new TreeMap<>();
        scores.asMap()
                .forEach(
                        (name, four) -> {
                            JsonArray numbers = four.getAsJsonArray();
                            expected.put(
                                    name,
                                    new ClassReport.Scores(
                                            numbers.get(0).getAsDouble(),
                                            numbers.get(1).getAsDouble(),
                                            numbers.get(2).getAsDouble(),
                                            numbers.get(3).getAsLong()));
                        });
        return expected;
    }

    private static Map<String, ClassReport.Scores> found(JsonObject test, EntityReading reading) {
        TagScheme scheme = TagScheme.valueOf(test.get("scheme").getAsString());
        EntityCounts counts = new EntityCounts(scheme, reading);
        JsonArray truth = test.getAsJsonArray("truth");
        JsonArray predicted = test.getAsJsonArray("predicted");
        for (int i = 0; i < truth.size(); i++) {
            counts.add(strings(predicted.get(i)), strings(truth.get(i)));
        }
        Map<String, ClassReport.Scores> all = new TreeMap<>(counts.byType());
        all.put("micro avg", counts.micro());
        return all;
    }

    @Test
    void scoresAreSeqevalsStrictAndByDefault() throws IOException {
        int differ = 0;
        for (JsonElement element : cases()) {
            JsonObject test = element.getAsJsonObject();
            Map<String, ClassReport.Scores> strict = expected(test.getAsJsonObject("strict"));
            Map<String, ClassReport.Scores> lenient = expected(test.getAsJsonObject("default"));
            assertThat(found(test, EntityReading.STRICT)).isEqualTo(strict);
            assertThat(found(test, EntityReading.DEFAULT)).isEqualTo(lenient);
            differ += strict.equals(lenient) ? 0 : 1;
        }
        assertThat(differ).as("cases in which the two readings differ").isGreaterThan(20);
    }

    @Test
    void schemesAreToldFromTags() {
        assertThat(TagScheme.of(List.of("O", "B-PER", "I-PER"))).isEqualTo(TagScheme.BIO);
        assertThat(TagScheme.of(List.of("O", "U-PER"))).isEqualTo(TagScheme.BILOU);
        assertThat(TagScheme.of(List.of("NN", "VB", "O"))).isEqualTo(TagScheme.PLAIN);
        assertThat(TagScheme.BILOU.tags(List.of("PER")))
                .containsExactly("O", "B-PER", "I-PER", "L-PER", "U-PER");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> TagScheme.of(List.of("O", "B-PER", "E-PER")))
                .withMessageContaining("Write E- as L-");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> TagScheme.of(List.of("O", "B-PER", "LOC")))
                .withMessageContaining("[LOC] have no prefix");
    }
}
