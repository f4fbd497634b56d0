/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.text.question;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.within;

import com.google.gson.JsonArray;
import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.Reader;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** Scores of answers are those of SQuAD's scripts, which Python ran on drawn answers. */
@Tag("once-per-jdk")
final class SquadScriptTest {
    private static JsonObject goldens() throws IOException {
        try (Reader in =
                new InputStreamReader(
                        Objects.requireNonNull(
                                SquadScriptTest.class.getResourceAsStream(
                                        "/golden/answers/cases.json")),
                        StandardCharsets.UTF_8)) {
            return JsonParser.parseReader(in).getAsJsonObject();
        }
    }

    private static List<String> strings(JsonElement list) {
        return list.getAsJsonArray().asList().stream().map(JsonElement::getAsString).toList();
    }

    @Test
    void eachAnswerHasTheScriptsScores() throws IOException {
        JsonObject goldens = goldens();
        List<SquadScript.Given> all = new ArrayList<>();
        List<SquadScript.Given> answerable = new ArrayList<>();
        int differ = 0;
        for (JsonElement element : goldens.getAsJsonArray("cases")) {
            JsonObject test = element.getAsJsonObject();
            SquadScript.Given given =
                    new SquadScript.Given(
                            test.get("answer").getAsString(), strings(test.get("truth")));
            all.add(given);
            check(SquadScript.V2, given, test.getAsJsonArray("v2"));
            if (test.has("v1")) {
                answerable.add(given);
                check(SquadScript.V1, given, test.getAsJsonArray("v1"));
                differ += test.get("v1").equals(test.get("v2")) ? 0 : 1;
            }
        }
        assertThat(differ).as("answers that the two versions score differently").isPositive();
        check(SquadScript.V1, answerable, goldens.getAsJsonObject("v1"));
        check(SquadScript.V2, all, goldens.getAsJsonObject("v2"));
    }

    private static void check(SquadScript script, SquadScript.Given given, JsonArray expected) {
        assertThat(script.isExact(given) ? 1 : 0)
                .as("%s %s", script, given)
                .isEqualTo(expected.get(0).getAsInt());
        assertThat(script.f1(given))
                .as("%s %s", script, given)
                .isEqualTo(expected.get(1).getAsDouble());
    }

    private static void check(SquadScript script, List<SquadScript.Given> all, JsonObject scores) {
        var found = script.scores(all);
        assertThat(found).containsOnlyKeys(scores.keySet());
        scores.asMap()
                .forEach(
                        (name, value) ->
                                assertThat(found.get(name))
                                        .as(name)
                                        .isEqualTo(value.getAsDouble(), within(1e-12)));
    }

    @Test
    void versionOneNeedsATrueAnswer() {
        SquadScript.Given none = new SquadScript.Given("", List.of());
        assertThat(SquadScript.V2.isExact(none)).isTrue();
        assertThatIllegalArgumentException()
                .isThrownBy(() -> SquadScript.V1.isExact(none))
                .withMessageContaining("version 2");
    }
}
