/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.core;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.google.gson.JsonArray;
import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.assertj.core.api.SoftAssertions;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Agreement with peft 0.21.2 on tables that peft itself filled in. */
@Tag("once-per-jdk")
final class PeftMatchingTest {
    private static final JsonObject CASES = read();

    @Test
    void listedNamesSelectWhatPeftSelects() {
        List<String> paths = strings(CASES.get("paths"));
        SoftAssertions all = new SoftAssertions();
        for (JsonElement element : CASES.getAsJsonArray("names")) {
            JsonObject one = element.getAsJsonObject();
            JsonObject config = one.getAsJsonObject("config");
            all.assertThat(selected(config, candidates(paths)))
                    .as(config.toString())
                    .isEqualTo(ones(one, paths));
        }
        all.assertAll();
    }

    @Test
    void randomNamesLayersAndExclusionsSelectWhatPeftSelects() {
        SoftAssertions all = new SoftAssertions();
        for (JsonElement element : CASES.getAsJsonArray("random")) {
            JsonObject one = element.getAsJsonObject();
            List<String> paths = strings(one.get("paths"));
            JsonObject config = one.getAsJsonObject("config");
            all.assertThat(selected(config, candidates(paths)))
                    .as(one.toString())
                    .isEqualTo(ones(one, paths));
        }
        all.assertAll();
    }

    @Test
    void patternsMatchWhatPythonMatches() {
        List<String> paths = strings(CASES.get("paths"));
        SoftAssertions all = new SoftAssertions();
        for (JsonElement element : CASES.getAsJsonArray("regex")) {
            matchesWhatPythonMatches(element.getAsJsonObject(), paths, all);
        }
        all.assertAll();
    }

    @Test
    void drawnPatternsMatchWhatPythonMatches() {
        SoftAssertions all = new SoftAssertions();
        for (JsonElement element : CASES.getAsJsonArray("drawn")) {
            JsonObject one = element.getAsJsonObject();
            matchesWhatPythonMatches(one, strings(one.get("paths")), all);
        }
        all.assertAll();
    }

    private static void matchesWhatPythonMatches(
            JsonObject one, List<String> paths, SoftAssertions all) {
        String pattern = one.get("pattern").getAsString();
        LoraConfig config = config().optTargets(TargetModules.regex(pattern)).build();
        all.assertThat(TargetMatcher.of(config).matchForLoading(candidates(paths)).adapted())
                .as(pattern)
                .isEqualTo(ones(one, paths));
    }

    /** Both what Python refuses and what it takes but Java would read differently. */
    @ParameterizedTest
    @ValueSource(strings = {"broken", "exotic"})
    void otherPatternsAreRefusedWithTheReason(String list) {
        SoftAssertions all = new SoftAssertions();
        for (String pattern : strings(CASES.get(list))) {
            all.assertThatThrownBy(() -> TargetModules.regex(pattern))
                    .as(pattern)
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessageStartingWith(
                            "target modules: the pattern \"" + pattern + "\" is refused");
        }
        all.assertAll();
    }

    @Test
    void rankAndAlphaKeysMatchWhatPeftMatches() {
        List<String> paths = strings(CASES.get("keyPaths"));
        SoftAssertions all = new SoftAssertions();
        for (JsonElement element : CASES.getAsJsonArray("keys")) {
            JsonObject one = element.getAsJsonObject();
            Map<String, Integer> ranks = new LinkedHashMap<>();
            Map<String, Double> alphas = new LinkedHashMap<>();
            for (String key : strings(one.get("keys"))) {
                alphas.put(key, ranks.size() + 0.5);
                ranks.put(key, ranks.size() + 1);
            }
            if (one.has("error")) {
                assertThatThrownBy(() -> config().optRankPattern(ranks).build())
                        .as(one.toString())
                        .isInstanceOf(IllegalArgumentException.class);
                continue;
            }
            LoraConfig config =
                    config().setRank(100)
                            .setAlpha(200.5)
                            .optRankPattern(ranks)
                            .optAlphaPattern(alphas)
                            .build();
            for (int i = 0; i < paths.size(); i++) {
                int index = one.getAsJsonArray("expected").get(i).getAsInt();
                String path = paths.get(i);
                all.assertThat(config.rankFor(path))
                        .as(ranks.keySet() + " on " + path)
                        .isEqualTo(index < 0 ? 100 : index + 1);
                all.assertThat(config.alphaFor(path)).isEqualTo(index < 0 ? 200.5 : index + 0.5);
            }
        }
        all.assertAll();
    }

    @Test
    void wholeModelsSelectWhatPeftSelects() {
        SoftAssertions all = new SoftAssertions();
        for (JsonElement element : CASES.getAsJsonArray("models")) {
            JsonObject model = element.getAsJsonObject();
            List<String> paths = strings(model.get("paths"));
            List<Candidate> candidates = new ArrayList<>();
            for (int i = 0; i < paths.size(); i++) {
                candidates.add(
                        new Candidate(
                                paths.get(i),
                                model.getAsJsonArray("linear").get(i).getAsBoolean(),
                                model.getAsJsonArray("head").get(i).getAsBoolean()));
            }
            for (JsonElement part : model.getAsJsonArray("cases")) {
                JsonObject one = part.getAsJsonObject();
                all.assertThat(selected(one.getAsJsonObject("config"), candidates))
                        .as(one.toString())
                        .isEqualTo(ones(one, paths));
            }
        }
        all.assertAll();
    }

    private static LoraConfigBuilder config() {
        return LoraConfig.builder().setRank(4).setAlpha(6);
    }

    private static List<String> selected(JsonObject json, List<Candidate> candidates) {
        TargetModules.Kind kind = kind(json.get("target_modules"));
        TargetModules targets =
                new TargetModules(
                        kind,
                        kind == TargetModules.Kind.ALL_LINEAR
                                ? List.of()
                                : strings(json.get("target_modules")),
                        kind(json.get("exclude_modules")),
                        strings(json.get("exclude_modules")),
                        strings(json.get("layers_to_transform")).stream()
                                .map(Integer::valueOf)
                                .toList(),
                        strings(json.get("layers_pattern")),
                        false);
        LoraConfig config =
                config().optTargets(targets)
                        .optModulesToSave(strings(json.get("modules_to_save")))
                        .build();
        return TargetMatcher.of(config).matchForLoading(candidates).adapted();
    }

    private static TargetModules.Kind kind(JsonElement json) {
        if (json == null || json.isJsonNull()) {
            return TargetModules.Kind.UNSET;
        }
        if (json.isJsonArray()) {
            return TargetModules.Kind.NAMES;
        }
        return json.getAsString().equalsIgnoreCase("all-linear")
                ? TargetModules.Kind.ALL_LINEAR
                : TargetModules.Kind.REGEX;
    }

    private static List<Candidate> candidates(List<String> paths) {
        return paths.stream().map(path -> new Candidate(path, false, false)).toList();
    }

    private static List<String> ones(JsonObject one, List<String> paths) {
        String expected = one.get("expected").getAsString();
        assertThat(expected).hasSize(paths.size());
        List<String> ones = new ArrayList<>();
        for (int i = 0; i < paths.size(); i++) {
            if (expected.charAt(i) == '1') {
                ones.add(paths.get(i));
            }
        }
        return ones;
    }

    private static List<String> strings(JsonElement json) {
        List<String> strings = new ArrayList<>();
        if (json instanceof JsonArray array) {
            array.forEach(element -> strings.add(element.getAsString()));
        } else if (json != null && !json.isJsonNull()) {
            strings.add(json.getAsString());
        }
        return strings;
    }

    private static JsonObject read() {
        String resource = "/golden/matching/cases.json";
        try (InputStream in = PeftMatchingTest.class.getResourceAsStream(resource)) {
            return JsonParser.parseReader(
                            new InputStreamReader(
                                    Objects.requireNonNull(in, resource), StandardCharsets.UTF_8))
                    .getAsJsonObject();
        } catch (IOException e) {
            throw new IllegalStateException(resource, e);
        }
    }
}
