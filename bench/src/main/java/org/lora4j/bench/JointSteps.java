/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.bench;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Random;
import org.lora4j.core.LoraConfig;
import org.lora4j.hf.CausalBatch;
import org.lora4j.hf.LoraModel;
import org.lora4j.hf.Task;
import org.lora4j.hf.TextBatch;
import org.lora4j.hf.model.ModelConfig;
import org.lora4j.text.PaddedBatch;
import org.lora4j.text.TokenizedExample;
import org.lora4j.text.batch.PackedTokens;
import org.lora4j.torch.TorchThreads;
import org.lora4j.train.LoraTrainingConfig;
import org.lora4j.train.TrainingBatch;
import org.lora4j.train.joint.JointTraining;

/**
 * What it saves to train eight adapters at once: a step of all of them together beside a step of
 * each after the other, in turns; the medians of five.
 */
public final class JointSteps {
    private static final int ADAPTERS = 8;
    private static final int ROUNDS = 5;

    private JointSteps() {}

    /**
     * Measures.
     *
     * @param args model directory, threads, texts of an adapter's batch, tokens of each
     */
    public static void main(String[] args) throws IOException {
        TorchThreads.set(Integer.parseInt(args[1]));
        int texts = Integer.parseInt(args[2]);
        int tokens = Integer.parseInt(args[3]);
        Path directory = Path.of(args[0]);
        Task task = Task.of(ModelConfig.read(directory));
        boolean decoder = task instanceof Task.CausalLanguageModel;
        try (LoraModel model =
                LoraModel.load(
                        directory, decoder ? task : Task.sequenceClassification("no", "yes"))) {
            Random random = new Random(3);
            int words = model.block().vocabularySize();
            if (decoder) {
                Map<String, CausalBatch> batches = new LinkedHashMap<>();
                for (int i = 0; i < ADAPTERS; i++) {
                    batches.put("a" + i, sequences(random, words, texts, tokens));
                }
                measure(model, CausalBatch.class, batches);
            } else {
                Map<String, TextBatch> batches = new LinkedHashMap<>();
                for (int i = 0; i < ADAPTERS; i++) {
                    batches.put("a" + i, texts(random, words, texts, tokens));
                }
                measure(model, TextBatch.class, batches);
            }
        }
    }

    private static CausalBatch sequences(Random random, int words, int texts, int tokens) {
        long[] ids = random.longs((long) texts * tokens, 0, words).toArray();
        long[] labels = new long[ids.length];
        int[] lengths = new int[texts];
        Arrays.fill(lengths, tokens);
        int[] indices = new int[texts];
        Arrays.setAll(indices, i -> i);
        for (int i = 0; i < labels.length; i++) {
            labels[i] = (i + 1) % tokens == 0 ? PackedTokens.IGNORED : ids[i + 1];
        }
        return new CausalBatch(new PackedTokens(ids, labels, lengths, indices));
    }

    private static TextBatch texts(Random random, int words, int texts, int tokens) {
        List<TokenizedExample> examples = new ArrayList<>();
        float[] labels = new float[texts];
        for (int i = 0; i < texts; i++) {
            examples.add(
                    new TokenizedExample(
                            i, random.ints(tokens, 0, words).toArray(), new int[tokens], 0));
            labels[i] = i % 2;
        }
        return new TextBatch(PaddedBatch.of(examples, 0), labels);
    }

    private static <B extends TrainingBatch> void measure(
            LoraModel model, Class<B> kind, Map<String, B> batches) {
        Map<String, LoraTrainingConfig> adapters = new LinkedHashMap<>();
        LoraTrainingConfig config =
                LoraTrainingConfig.builder().optSteps(1).optLearningRate(1e-4).build();
        int[] ranks = {4, 8, 16, 32};
        for (String name : batches.keySet()) {
            int rank = ranks[adapters.size() % ranks.length];
            model.addAdapter(
                    name,
                    LoraConfig.builder().setRank(rank).optTargetModules("all-linear").build());
            adapters.put(name, config);
        }
        double[] together = new double[ROUNDS];
        double[] apart = new double[ROUNDS];
        double[] ratios = new double[ROUNDS];
        try (JointTraining<B> training = JointTraining.begin(model, kind, adapters)) {
            for (int round = -1; round < ROUNDS; round++) {
                double start = System.nanoTime();
                training.forwardBackward(batches);
                batches.keySet().forEach(training::optimStep);
                double middle = System.nanoTime();
                batches.forEach(
                        (name, batch) -> {
                            training.forwardBackward(Map.of(name, batch));
                            training.optimStep(name);
                        });
                double end = System.nanoTime();
                if (round >= 0) {
                    together[round] = (middle - start) / 1e6;
                    apart[round] = (end - middle) / 1e6;
                    ratios[round] = apart[round] / together[round];
                }
            }
        }
        System.out.printf(
                Locale.ROOT,
                "together %.1f ms, one after the other %.1f ms, ratio %.2f%n",
                median(together),
                median(apart),
                median(ratios));
    }

    private static double median(double[] values) {
        double[] sorted = values.clone();
        Arrays.sort(sorted);
        return sorted[sorted.length / 2];
    }
}
