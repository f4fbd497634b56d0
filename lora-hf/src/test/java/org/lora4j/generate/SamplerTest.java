/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.generate;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.google.gson.Gson;
import com.google.gson.JsonArray;
import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.IntStream;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import org.junit.jupiter.api.Test;
import org.lora4j.generate.score.TextSoFar;

/** Against transformers' processors, and against a naive sort. */
final class SamplerTest {
    private static final int[] NONE = {};

    private static JsonArray goldens() throws IOException {
        String json = Files.readString(Path.of("src/test/resources/golden/sampler/cases.json"));
        return JsonParser.parseString(json).getAsJsonObject().getAsJsonArray("cases");
    }

    private static float[] floats(JsonElement written) {
        JsonArray array = written.getAsJsonArray();
        float[] floats = new float[array.size()];
        for (int i = 0; i < floats.length; i++) {
            String text = array.get(i).getAsString();
            floats[i] = text.equals("-inf") ? Float.NEGATIVE_INFINITY : Float.parseFloat(text);
        }
        return floats;
    }

    private static GenerationConfig config(JsonObject settings) {
        GenerationConfigBuilder builder = GenerationConfig.builder().optTemperature(1);
        for (String name : settings.keySet()) {
            double value = settings.get(name).getAsDouble();
            switch (name) {
                case "temperature" -> builder.optTemperature(value);
                case "top_k" -> builder.optTopK((int) value);
                case "top_p" -> builder.optTopP(value);
                case "repetition_penalty" -> builder.optRepetitionPenalty(value);
                default -> throw new IllegalStateException(name);
            }
        }
        return builder.build();
    }

    /** All that is done to the scores before a token is drawn. */
    private static float[] processed(GenerationConfig config, float[] logits, int[] tokens) {
        float[] scores = logits.clone();
        GenerationSettings settings = ModelGeneration.none().settings(config, Set.of());
        TextSoFar text = new TextSoFar(tokens, tokens.length, tokens.length);
        settings.rules().forEach(rule -> rule.apply(scores, text));
        new Sampler(settings).process(scores, Sampler.best(scores));
        return scores;
    }

    @Test
    void scoresAreThoseOfTransformersProcessorsBitForBit() throws IOException {
        int removed = 0;
        for (JsonElement element : goldens()) {
            JsonObject golden = element.getAsJsonObject();
            int[] tokens = new Gson().fromJson(golden.get("tokens"), int[].class);
            float[] mine =
                    processed(
                            config(golden.getAsJsonObject("settings")),
                            floats(golden.get("logits")),
                            tokens);
            float[] theirs = floats(golden.get("processed"));
            boolean ties = List.of("coarse", "equal").contains(golden.get("kind").getAsString());
            if (ties && golden.getAsJsonObject("settings").has("top_p")) {
                // which of equal ones stay is torch.sort's, which leaves it open
                Arrays.sort(mine);
                Arrays.sort(theirs);
            }
            assertThat(mine)
                    .as("%s %s", golden.get("kind"), golden.get("settings"))
                    .isEqualTo(theirs);
            for (int i = 0; i < theirs.length; i++) {
                removed += Float.isInfinite(theirs[i]) ? 1 : 0;
            }
        }
        assertThat(removed).isGreaterThan(500);
    }

    @Test
    void tokensOfGivenUniformNumbersAreThoseOfTheDistributionFunction() throws IOException {
        TreeSet<Integer> different = new TreeSet<>();
        for (JsonElement element : goldens()) {
            JsonObject golden = element.getAsJsonObject();
            float[] scores = floats(golden.get("processed"));
            double[] uniforms = new Gson().fromJson(golden.get("uniforms"), double[].class);
            int[] chosen = new Gson().fromJson(golden.get("chosen"), int[].class);
            Sampler sampler = Sampler.of(GenerationConfig.defaults());
            for (int i = 0; i < chosen.length; i++) {
                assertThat(sampler.draw(scores, scores[Sampler.best(scores)], uniforms[i]))
                        .as("%s %s u=%s", golden.get("kind"), golden.get("settings"), uniforms[i])
                        .isEqualTo(chosen[i]);
                different.add(chosen[i]);
            }
        }
        assertThat(different.size()).isGreaterThan(30);
    }

    @Test
    void greedyTakesTheBestTokenAfterThePenalty() throws IOException {
        int moved = 0;
        for (JsonElement element : goldens()) {
            JsonObject golden = element.getAsJsonObject();
            GenerationConfig config =
                    config(golden.getAsJsonObject("settings")).toBuilder()
                            .optTemperature(0)
                            .build();
            int[] tokens = new Gson().fromJson(golden.get("tokens"), int[].class);
            float[] logits = floats(golden.get("logits"));
            moved += Sampler.best(logits) == golden.get("greedy").getAsInt() ? 0 : 1;
            assertThat(Sampler.of(config).next(logits, tokens, tokens.length, 0, 0))
                    .isEqualTo(golden.get("greedy").getAsInt());
        }
        assertThat(moved).as("cases in which the penalty decides").isGreaterThan(1);
        float[] ties = {1, 3, 3, 2};
        assertThat(Sampler.of(GenerationConfig.defaults()).next(ties, NONE, 0, 0, 0)).isEqualTo(1);
    }

    /** The sets that stay, by a full sort as in TopKLogitsWarper and TopPLogitsWarper. */
    @Property(tries = 200)
    void partialSelectionKeepsWhatAFullSortKeeps(
            @ForAll @IntRange(min = 1, max = 3000) int size,
            @ForAll @IntRange(max = 80) int k,
            @ForAll @IntRange(min = 1, max = 100) int percent,
            @ForAll @IntRange(max = 3) int shape,
            @ForAll long seed) {
        Random random = new Random(seed);
        float[] scores = new float[size];
        for (int i = 0; i < size; i++) {
            double normal = random.nextGaussian();
            scores[i] =
                    switch (shape) {
                        case 0 -> (float) (4 * normal);
                        case 1 -> Math.round(2 * normal);
                        case 2 -> 1e-3f * i;
                        default -> (float) (30 * normal);
                    };
        }
        double p = percent / 100.0;
        float[] expected = scores.clone();
        if (k > 0) {
            sortedTopK(expected, k);
        }
        double margin = p < 1 ? sortedTopP(expected, p) : 1;
        GenerationConfig config =
                GenerationConfig.builder().optTemperature(1).optTopK(k).optTopP(p).build();
        float[] mine = scores.clone();
        Sampler.of(config).process(mine, Sampler.best(mine));
        if (margin > 1e-5) { // nearer, float32 rounding decides
            assertThat(mine).isEqualTo(expected);
        }
    }

    private static void sortedTopK(float[] scores, int k) {
        float[] sorted = scores.clone();
        Arrays.sort(sorted);
        float least = sorted[Math.max(0, sorted.length - k)];
        for (int i = 0; i < scores.length; i++) {
            scores[i] = scores[i] < least ? Float.NEGATIVE_INFINITY : scores[i];
        }
    }

    /** Returns how far the nearest sum is from the limit. */
    private static double sortedTopP(float[] scores, double p) {
        float[] before = scores.clone();
        List<Integer> order = new ArrayList<>(IntStream.range(0, scores.length).boxed().toList());
        order.sort(Comparator.<Integer>comparingDouble(i -> before[i]).thenComparing(i -> -i));
        double total = 0;
        for (float score : before) {
            total += Math.exp(score - before[order.get(order.size() - 1)]);
        }
        double margin = 1;
        double sum = 0;
        for (int id : order.subList(0, order.size() - 1)) {
            sum += Math.exp(before[id] - before[order.get(order.size() - 1)]) / total;
            margin = Math.min(margin, Math.abs(sum - (1 - p)));
            if (sum <= 1 - p) {
                scores[id] = Float.NEGATIVE_INFINITY;
            }
        }
        return margin;
    }

    @Test
    void aTextDependsOnSeedSequenceAndStepAlone() {
        GenerationConfig config = GenerationConfig.builder().optTemperature(1).optSeed(9).build();
        Sampler one = Sampler.of(config);
        Sampler two = Sampler.of(config);
        Sampler other = Sampler.of(config.toBuilder().optSeed(10).build());
        int bySeed = 0;
        int bySequence = 0;
        int byStep = 0;
        for (int step = 0; step < 200; step++) {
            float[] logits = new float[1000];
            int token = one.next(logits.clone(), NONE, 0, 3, step);
            two.next(logits.clone(), NONE, 0, 8, step); // another text of the batch
            assertThat(two.next(logits.clone(), NONE, 0, 3, step)).isEqualTo(token);
            bySeed += other.next(logits.clone(), NONE, 0, 3, step) == token ? 0 : 1;
            bySequence += one.next(logits.clone(), NONE, 0, 4, step) == token ? 0 : 1;
            byStep += one.next(logits.clone(), NONE, 0, 3, step + 1) == token ? 0 : 1;
        }
        assertThat(bySeed).isGreaterThan(190);
        assertThat(bySequence).isGreaterThan(190);
        assertThat(byStep).isGreaterThan(190);
    }

    @Test
    void frequenciesAreTheProbabilities() {
        float[] logits = {0, (float) Math.log(2), Float.NEGATIVE_INFINITY, (float) Math.log(5)};
        Sampler sampler = Sampler.of(GenerationConfig.builder().optTemperature(1).build());
        int[] counts = new int[4];
        int draws = 40_000;
        for (int step = 0; step < draws; step++) {
            counts[sampler.next(logits.clone(), NONE, 0, 0, step)]++;
        }
        double[] expected = {1 / 8.0, 2 / 8.0, 0, 5 / 8.0};
        for (int i = 0; i < 4; i++) {
            double deviation = Math.sqrt(expected[i] * (1 - expected[i]) / draws);
            assertThat(counts[i] / (double) draws)
                    .isBetween(expected[i] - 4 * deviation, expected[i] + 4 * deviation);
        }
    }

    @Test
    void aTemperatureNextToZeroIsGreedy() {
        for (double temperature : new double[] {1e-300, 1e-44, 1e-30, 1e-6}) {
            Sampler sampler =
                    Sampler.of(
                            GenerationConfig.builder()
                                    .optTemperature(temperature)
                                    .optTopP(0.9)
                                    .build());
            for (int step = 0; step < 50; step++) {
                float[] logits = {-1e9f, 4.5f, 1e9f, 4.25f};
                assertThat(sampler.next(logits, NONE, 0, 0, step)).isEqualTo(2);
                float[] negative = {-1e9f, -4.5f, -4.25f};
                assertThat(sampler.next(negative, NONE, 0, 0, step)).isEqualTo(2);
            }
        }
    }

    @Test
    void scoresThatAreNoNumbersAreToldApartFromTokens() {
        for (double temperature : new double[] {0, 1}) {
            Sampler sampler =
                    Sampler.of(GenerationConfig.builder().optTemperature(temperature).build());
            for (float broken : new float[] {Float.NaN, Float.POSITIVE_INFINITY}) {
                assertThatThrownBy(() -> sampler.next(new float[] {1, broken, 2}, NONE, 0, 0, 0))
                        .isInstanceOf(IllegalStateException.class)
                        .hasMessageContainingAll("expected finite", "adapter");
            }
            float[] nothing = {Float.NEGATIVE_INFINITY};
            assertThatThrownBy(() -> sampler.next(nothing, NONE, 0, 0, 0))
                    .isInstanceOf(IllegalStateException.class);
        }
        Sampler penalty = Sampler.of(GenerationConfig.builder().optRepetitionPenalty(2).build());
        assertThatThrownBy(() -> penalty.next(new float[4], new int[] {-1}, 1, 0, 0))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("token 0 is -1");
        assertThatThrownBy(() -> penalty.next(new float[4], new int[] {1}, 2, 0, 0))
                .hasMessageContaining("count is 2");
        float[] logits = {1, 2};
        int beyond = 7; // a padded vocabulary, as transformers allows
        assertThat(penalty.next(logits, new int[] {beyond, 1}, 2, 0, 0)).isZero();
    }
}
