/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.generate;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import com.google.gson.Gson;
import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.lora4j.generate.score.ScoreRule;
import org.lora4j.generate.score.TextLength;
import org.lora4j.generate.score.TextSoFar;
import org.lora4j.hf.DecoderGolden;
import org.lora4j.hf.LoraModel;
import org.lora4j.hf.Task;
import org.lora4j.hf.model.ModelConfig;

/** What generation_config.json asks for is what transformers does with the same file. */
final class ModelGenerationTest {
    private static final Path GOLDENS =
            Path.of("src/test/resources/golden/generation-config/cases.json");

    @TempDir Path folder;

    private static Stream<JsonObject> cases(String kind) throws IOException {
        JsonObject goldens = JsonParser.parseString(Files.readString(GOLDENS)).getAsJsonObject();
        return goldens.getAsJsonArray(kind).asList().stream().map(JsonElement::getAsJsonObject);
    }

    private GenerationFile file(String json) throws IOException {
        Files.writeString(folder.resolve(GenerationFile.NAME), json);
        Files.writeString(folder.resolve(ModelConfig.FILE), "{}");
        return GenerationFile.of(folder, ModelConfig.read(folder));
    }

    private ModelGeneration model(String json) throws IOException {
        return new ModelGeneration(file(json), 41);
    }

    @Test
    void theTextsAreTransformers() throws IOException {
        Path directory = DecoderGolden.model(folder, "llama");
        Set<List<Integer>> different =
                new TreeSet<>((a, b) -> a.toString().compareTo(b.toString()));
        try (LoraModel model = LoraModel.load(directory, Task.causalLanguageModel())) {
            for (JsonObject golden : cases("texts").toList()) {
                String file = golden.get("file").toString();
                Files.writeString(directory.resolve(GenerationFile.NAME), file);
                TextGenerator generator = TextGenerator.of(model);
                GenerationConfig config =
                        golden.get("limited").getAsBoolean()
                                ? GenerationConfig.defaults()
                                : GenerationConfig.builder().optMaxNewTokens(20).build();
                List<int[]> prompts = new ArrayList<>();
                List<List<Integer>> expected = new ArrayList<>();
                for (JsonElement text : golden.getAsJsonArray("texts")) {
                    Text each = new Gson().fromJson(text, Text.class);
                    prompts.add(each.prompt);
                    expected.add(each.ids);
                }
                List<Generation> found = generator.generateIds(prompts, config);
                assertThat(found.stream().map(Generation::generatedIds).toList())
                        .as(file)
                        .isEqualTo(expected);
                different.addAll(expected);
            }
        }
        assertThat(different).hasSizeGreaterThan(150);
    }

    /** A prompt and transformers' tokens after it. */
    private static final class Text {
        int[] prompt = {};
        List<Integer> ids = List.of();
    }

    static Stream<JsonObject> scores() throws IOException {
        return cases("scores");
    }

    @ParameterizedTest
    @MethodSource("scores")
    void scoresAreThoseOfTransformersProcessors(JsonObject golden) throws IOException {
        String file = golden.get("file").toString();
        int[] tokens = new Gson().fromJson(golden.get("tokens"), int[].class);
        float[] scores = floats(golden.get("logits"));
        ModelGeneration model = model(file);
        GenerationSettings settings =
                model.settings(GenerationConfig.defaults(), file(file).ids("eos_token_id"));
        TextSoFar text = new TextSoFar(tokens, tokens.length, golden.get("prompt").getAsInt());
        settings.rules().forEach(rule -> rule.apply(scores, text));
        if (!settings.isGreedy()) {
            new Sampler(settings).process(scores, Sampler.best(scores));
        }
        float[] theirs = floats(golden.get("processed"));
        assertThat(scores).hasSameSizeAs(theirs);
        for (int i = 0; i < theirs.length; i++) {
            if (Float.isInfinite(theirs[i])) {
                assertThat(scores[i]).as("%s, token %d", file, i).isEqualTo(theirs[i]);
            } else {
                assertThat(scores[i])
                        .as("%s, token %d", file, i)
                        .isCloseTo(theirs[i], within(Math.max(1e-6f, Math.abs(theirs[i]) * 1e-6f)));
            }
        }
    }

    private static float[] floats(JsonElement hexadecimals) {
        List<String> texts = new ArrayList<>();
        hexadecimals.getAsJsonArray().forEach(text -> texts.add(text.getAsString()));
        float[] values = new float[texts.size()];
        for (int i = 0; i < values.length; i++) {
            values[i] =
                    switch (texts.get(i)) {
                        case "-inf" -> Float.NEGATIVE_INFINITY;
                        case "inf" -> Float.POSITIVE_INFINITY;
                        default -> (float) Double.parseDouble(texts.get(i));
                    };
        }
        return values;
    }

    @Test
    void whatTheCallerSetsWins() throws IOException {
        ModelGeneration model =
                model(
                        "{\"do_sample\": true, \"temperature\": 0.6, \"top_p\": 0.9, \"min_p\":"
                                + " 0.1, \"repetition_penalty\": 1.3, \"max_new_tokens\": 7,"
                                + " \"stop_strings\": \"END\"}");
        GenerationSettings own = model.settings(GenerationConfig.defaults(), Set.of());
        assertThat(own.temperature()).isEqualTo(0.6);
        assertThat(own.topK()).as("transformers' own default").isEqualTo(50);
        assertThat(own.topP()).isEqualTo(0.9);
        assertThat(own.minP()).isEqualTo(0.1);
        assertThat(own.rules()).containsExactly(new ScoreRule.Repetition(1.3f, false));
        assertThat(own.length().mostNewTokens(3)).isEqualTo(7);
        GenerationConfig set =
                GenerationConfig.builder()
                        .optTemperature(0)
                        .optTopK(0)
                        .optTopP(1)
                        .optRepetitionPenalty(1)
                        .optMaxNewTokens(4)
                        .optStopStrings("x")
                        .build();
        GenerationSettings theirs = model.settings(set, Set.of());
        assertThat(theirs.takesTheBest()).isTrue();
        assertThat(theirs.topK()).isZero();
        assertThat(theirs.topP()).isEqualTo(1);
        assertThat(theirs.length().mostNewTokens(3)).isEqualTo(4);
        assertThat(theirs.stopStrings()).containsExactly("x", "END");
    }

    @Test
    void aModelThatSaysNothingIsGreedyWithSixtyTokens() {
        GenerationSettings settings =
                ModelGeneration.none().settings(GenerationConfig.defaults(), Set.of(2));
        assertThat(settings.takesTheBest()).isTrue();
        assertThat(settings.length().mostNewTokens(100)).isEqualTo(60);
        GenerationConfig warm = GenerationConfig.builder().optTemperature(0.8).build();
        assertThat(ModelGeneration.none().settings(warm, Set.of()).topK()).isZero();
    }

    @Test
    void aPromptBeyondTheWholeLengthIsRefused() throws IOException {
        TextLength length =
                model("{\"max_length\": 5}")
                        .settings(GenerationConfig.defaults(), Set.of())
                        .length();
        assertThat(length.mostNewTokens(3)).isEqualTo(2);
        assertThatThrownBy(() -> length.mostNewTokens(5))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("max_length 5");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "{\"num_beams\": 4}",
                "{\"num_return_sequences\": 2}",
                "{\"guidance_scale\": 1.5}",
                "{\"constraints\": [1]}",
                "{\"force_words_ids\": [[1]]}",
                "{\"dola_layers\": \"low\"}",
                "{\"watermarking_config\": {}}",
                "{\"max_time\": 3.0}",
                "{\"token_healing\": true}",
                "{\"is_assistant\": true}",
                "{\"cache_implementation\": \"quantized\"}",
                "{\"repetition_penalty\": 0}",
                "{\"repetition_penalty\": \"1.2\"}",
                "{\"no_repeat_ngram_size\": -1}",
                "{\"no_repeat_ngram_size\": 2.5}",
                "{\"bad_words_ids\": [[]]}",
                "{\"bad_words_ids\": [3]}",
                "{\"bad_words_ids\": [[41]]}",
                "{\"bad_words_ids\": {\"a\": 1}}",
                "{\"sequence_bias\": [[[3], \"x\"]]}",
                "{\"sequence_bias\": [[[41], 1.0]]}",
                "{\"suppress_tokens\": [-1]}",
                "{\"forced_bos_token_id\": 41}",
                "{\"forced_eos_token_id\": [2, 41]}",
                "{\"exponential_decay_length_penalty\": [1]}",
                "{\"exponential_decay_length_penalty\": [1, \"x\"]}",
                "{\"min_new_tokens\": -3}",
                "{\"min_p\": 1.5}",
                "{\"top_p\": -0.1}",
                "{\"top_k\": -1}",
                "{\"max_new_tokens\": 0}",
                "{\"temperature\": -1}",
                "{\"do_sample\": 1}",
                "{\"stop_strings\": [\"\"]}",
            })
    void whatCannotBeDoneIsRefusedByItsName(String json) {
        String key = json.substring(2, json.indexOf('"', 2));
        assertThatThrownBy(() -> model(json))
                .isInstanceOf(IOException.class)
                .hasMessageContaining("generation_config.json")
                .hasMessageContaining(key)
                .hasMessageContaining("expected");
    }

    /**
     * The token that InfNanRemoveLogitsProcessor and ExponentialDecayLengthPenalty((1, factor), 1,
     * 1) of transformers 5.23 leave with the best score at the fifth token, where 1 is the end.
     */
    @ParameterizedTest
    @CsvSource({
        "-Infinity, 0.5, false, 2",
        "-Infinity, 1.5, false, 2",
        "-Infinity, 0.5, true, 2",
        "-Infinity, 1.0, true, 2",
        "-Infinity, 1.5, true, 1",
        "-Infinity, 3.0, true, 1",
        "-3e38, 4.0, false, 1",
        "3e38, 4.0, false, 1",
        "-3e38, 1e30, true, 1"
    })
    void anEndTokenWhoseScoreIsRaisedBeyondFloat32IsTheBest(
            float score, double factor, boolean valid, int expected) throws IOException {
        String json =
                "{\"eos_token_id\": 1, \"exponential_decay_length_penalty\": [1, "
                        + factor
                        + "], \"remove_invalid_values\": "
                        + valid
                        + "}";
        GenerationSettings settings =
                model(json).settings(GenerationConfig.builder().build(), Set.of(1));
        float[] scores = {1, score, 2};
        assertThat(new Sampler(settings).next(scores, new int[] {0, 0, 0, 0, 0}, 5, 0, 4))
                .isEqualTo(expected);
    }

    @ParameterizedTest
    @ValueSource(strings = {"typical_p", "epsilon_cutoff", "eta_cutoff", "top_h"})
    void cutsOfDrawnTokensThatCannotBeDoneAreRefusedWhereTokensAreDrawn(String key)
            throws IOException {
        ModelGeneration model = model("{\"" + key + "\": 0.5}");
        GenerationConfig warm = GenerationConfig.builder().optTemperature(1).build();
        assertThatThrownBy(() -> model.settings(warm, Set.of()))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining(key);
        assertThat(model.settings(GenerationConfig.defaults(), Set.of()).isGreedy()).isTrue();
    }

    @Test
    void contrastiveSearchIsRefusedUnlessTokensAreDrawn() throws IOException {
        ModelGeneration model = model("{\"penalty_alpha\": 0.6, \"top_k\": 4}");
        assertThatThrownBy(() -> model.settings(GenerationConfig.defaults(), Set.of()))
                .hasMessageContaining("penalty_alpha");
        GenerationConfig warm = GenerationConfig.builder().optTemperature(1).build();
        assertThat(model.settings(warm, Set.of()).topK()).isEqualTo(4);
    }

    @Test
    void aModelIsRefusedWhenItsGeneratorIsMade() throws IOException {
        Path directory = DecoderGolden.model(folder, "llama");
        Files.writeString(directory.resolve(GenerationFile.NAME), "{\"num_beams\": 3}");
        try (LoraModel model = LoraModel.load(directory, Task.causalLanguageModel())) {
            assertThatThrownBy(() -> TextGenerator.of(model))
                    .isInstanceOf(UncheckedIOException.class)
                    .hasMessageContaining("num_beams");
        }
    }

    @Test
    void configJsonCountsWhereThereIsNoOtherFile() throws IOException {
        Files.writeString(
                folder.resolve(ModelConfig.FILE),
                "{\"repetition_penalty\": 1.2, \"eos_token_id\": 5}");
        GenerationFile file = GenerationFile.of(folder, ModelConfig.read(folder));
        assertThat(new ModelGeneration(file, 41).settings(GenerationConfig.defaults(), Set.of()))
                .extracting(GenerationSettings::rules)
                .isEqualTo(List.of(new ScoreRule.Repetition(1.2f, false)));
    }
}
