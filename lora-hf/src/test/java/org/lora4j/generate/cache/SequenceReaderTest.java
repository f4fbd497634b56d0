/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.generate.cache;

import static org.assertj.core.api.Assertions.assertThat;

import ai.djl.ndarray.NDManager;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.lora4j.generate.GenerationGolden;
import org.lora4j.hf.DecoderGolden;
import org.lora4j.hf.LoraModel;
import org.lora4j.torch.GradMode;

/** What is read token by token gives the logits of what is read at once. */
final class SequenceReaderTest {
    /** Of the same order as the last digits of float32 in models of this size. */
    private static final double SAME = 1e-5;

    @TempDir Path folder;

    /** Texts that are known in advance and are read on a token at a time. */
    private static final class Reading {
        private final int[][] ids;
        private final int[] first;
        private final double[][][] wanted;

        Reading(int[][] ids, int[] first, double[][][] wanted) {
            this.ids = ids;
            this.first = first;
            this.wanted = wanted;
        }

        /** Returns the most that any logit is off. */
        double farthest(LoraModel model) {
            double most = 0;
            try (NDManager manager = model.manager().newSubManager();
                    GradMode off = GradMode.off();
                    SequenceReader reader = new SequenceReader(model.languageModel(), manager)) {
                List<Integer> live = new ArrayList<>();
                List<TokenSequence> read = new ArrayList<>();
                for (int i = 0; i < ids.length; i++) {
                    live.add(i);
                    read.add(new TokenSequence(Arrays.copyOf(ids[i], first[i])));
                }
                while (!live.isEmpty()) {
                    most = Math.max(most, step(reader, manager, live, read));
                    List<Integer> kept = new ArrayList<>();
                    List<TokenSequence> left = new ArrayList<>();
                    List<Integer> places = new ArrayList<>();
                    for (int i = 0; i < live.size(); i++) {
                        int[] all = ids[live.get(i)];
                        TokenSequence sequence = read.get(i);
                        if (sequence.count() < all.length) {
                            sequence.add(all[sequence.count()]);
                            kept.add(live.get(i));
                            left.add(sequence);
                            places.add(i);
                        }
                    }
                    if (!kept.isEmpty() && kept.size() < live.size()) {
                        reader.keep(places.stream().mapToInt(i -> i).toArray());
                    }
                    live = kept;
                    read = left;
                }
            }
            return most;
        }

        private double step(
                SequenceReader reader,
                NDManager manager,
                List<Integer> live,
                List<TokenSequence> read) {
            try (NDManager scope = manager.newSubManager()) {
                float[] logits = reader.read(scope, read).toFloatArray();
                int words = logits.length / live.size();
                double most = 0;
                for (int i = 0; i < live.size(); i++) {
                    double[] row = wanted[live.get(i)][read.get(i).count() - 1];
                    float[] found = Arrays.copyOfRange(logits, i * words, (i + 1) * words);
                    most = Math.max(most, DecoderGolden.farthest(found, row));
                }
                return most;
            }
        }
    }

    /** The logits of each sequence alone, read at once. */
    private static double[][][] atOnce(LoraModel model, int[][] ids) {
        double[][][] all = new double[ids.length][][];
        for (int i = 0; i < ids.length; i++) {
            long[][] labels = {new long[ids[i].length]};
            float[] flat =
                    DecoderGolden.logits(
                            model, DecoderGolden.packed(new int[][] {ids[i]}, labels, 0));
            int words = flat.length / ids[i].length;
            all[i] = new double[ids[i].length][words];
            for (int k = 0; k < flat.length; k++) {
                all[i][k / words][k % words] = flat[k];
            }
        }
        return all;
    }

    private static int[][] random(int... lengths) {
        Random random = new Random(11);
        return Arrays.stream(lengths)
                .mapToObj(n -> random.ints(n, 3, 41).toArray())
                .toArray(int[][]::new);
    }

    @ParameterizedTest
    @MethodSource("org.lora4j.hf.DecoderGolden#models")
    void logitsAreThoseOfTheWholeTextAndTransformers(String name) throws IOException {
        DecoderGolden.Expected expected = DecoderGolden.expected(name);
        int[][] ids = expected.ids();
        int[] first = {4, 1, 6, 3};
        try (LoraModel model = DecoderGolden.load(folder, name)) {
            assertThat(new Reading(ids, first, expected.logits()).farthest(model))
                    .as("transformers")
                    .isLessThan(1e-4);
            assertThat(new Reading(ids, first, atOnce(model, ids)).farthest(model))
                    .as("read at once")
                    .isLessThan(SAME);
            int[] ones = {1, 1, 1, 1};
            assertThat(new Reading(ids, ones, atOnce(model, ids)).farthest(model))
                    .as("from one token on")
                    .isLessThan(SAME);
        }
    }

    /** Long enough for the arrays to grow twice, and for windows to leave columns behind. */
    @ParameterizedTest
    @ValueSource(strings = {"llama", "mistral", "qwen2", "gemma2", "phi3"})
    void arraysGrowAndDropWhatNoWindowSees(String name) throws IOException {
        int[][] ids = random(260, 40, 201);
        int[] first = {30, 2, 75};
        try (LoraModel model = DecoderGolden.load(folder, name)) {
            assertThat(new Reading(ids, first, atOnce(model, ids)).farthest(model))
                    .isLessThan(SAME);
        }
    }

    /** 16 positions are crossed by the prompt, by the texts, or never. */
    @ParameterizedTest
    @ValueSource(
            strings = {
                "{rope_type: linear, factor: 2.5, rope_theta: 10000}",
                "{rope_type: yarn, factor: 4, original_max_position_embeddings: 16, rope_theta:"
                        + " 10000}",
                "{rope_type: llama3, factor: 8, low_freq_factor: 1, high_freq_factor: 4,"
                        + " original_max_position_embeddings: 16, rope_theta: 10000}",
                "{rope_type: longrope, factor: 4, original_max_position_embeddings: 16,"
                        + " rope_theta: 10000, short_factor: [1, 1.1, 1.2, 1.3],"
                        + " long_factor: [2, 3, 5, 7]}"
            })
    void everyScalingOfPositionsIsReadOn(String rope) throws IOException {
        int[][] ids = random(30, 22, 12);
        int[] first = {20, 7, 3};
        try (LoraModel model = GenerationGolden.variant(folder, "llama", rope, 64)) {
            assertThat(new Reading(ids, first, eachPrefix(model, ids)).farthest(model))
                    .isLessThan(SAME);
        }
    }

    /** LongRoPE places a text's tokens otherwise once the text is long. */
    private static double[][][] eachPrefix(LoraModel model, int[][] ids) {
        double[][][] all = new double[ids.length][][];
        for (int i = 0; i < ids.length; i++) {
            all[i] = new double[ids[i].length][];
            for (int n = 1; n <= ids[i].length; n++) {
                double[][][] read = atOnce(model, new int[][] {Arrays.copyOf(ids[i], n)});
                all[i][n - 1] = read[0][n - 1];
            }
        }
        return all;
    }

    /** A test that could not fail would not see a text that is read wrongly. */
    @Test
    void anotherTokenGivesOtherLogits() throws IOException {
        int[][] ids = random(12);
        int[][] other = random(12);
        other[0][2]++;
        try (LoraModel model = DecoderGolden.load(folder, "llama")) {
            assertThat(new Reading(other, new int[] {4}, atOnce(model, ids)).farthest(model))
                    .isGreaterThan(1e-2);
        }
    }
}
