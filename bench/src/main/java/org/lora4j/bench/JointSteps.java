/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.bench;

import java.io.IOException;
import java.lang.management.ManagementFactory;
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
import org.lora4j.hf.LoadOptions;
import org.lora4j.hf.LoraModel;
import org.lora4j.hf.Task;
import org.lora4j.hf.TextBatch;
import org.lora4j.hf.model.ModelConfig;
import org.lora4j.hf.model.Quantization;
import org.lora4j.text.PaddedBatch;
import org.lora4j.text.TokenizedExample;
import org.lora4j.text.batch.PackedTokens;
import org.lora4j.torch.TensorDtype;
import org.lora4j.torch.TorchThreads;
import org.lora4j.train.BatchSource;
import org.lora4j.train.LoraTrainer;
import org.lora4j.train.LoraTrainingConfig;
import org.lora4j.train.TrainingBatch;
import org.lora4j.train.joint.JointTrainer;

/**
 * What it saves to train eight adapters at once: {@link JointTrainer} beside a {@link LoraTrainer}
 * for each adapter after the other, on the same batches, in turns.
 */
public final class JointSteps {
    private static final int ADAPTERS = 8;
    private static final int ROUNDS = 5;
    private static final int[] RANKS = {4, 8, 16, 32};

    private JointSteps() {}

    /** What is measured of a training. */
    private record Run(double wall, double cpu, Map<String, List<Double>> losses) {}

    /** A training of all adapters. */
    private interface Training {
        Map<String, List<Double>> losses();
    }

    /**
     * Measures.
     *
     * @param args model directory, threads, texts of an adapter's batch, tokens of each, steps, and
     *     how the base is held: f32, bf16 or 4bit
     */
    public static void main(String[] args) throws IOException {
        TorchThreads.set(Integer.parseInt(args[1]));
        int texts = Integer.parseInt(args[2]);
        int tokens = Integer.parseInt(args[3]);
        int steps = Integer.parseInt(args[4]);
        LoadOptions options = LoadOptions.defaults();
        if ("bf16".equals(args[5])) {
            options = options.withDtype(TensorDtype.BF16);
        } else if ("4bit".equals(args[5])) {
            options = options.withQuantization(Quantization.nf4());
        }
        Path directory = Path.of(args[0]);
        Task task = Task.of(ModelConfig.read(directory));
        boolean decoder = task instanceof Task.CausalLanguageModel;
        Task trained = decoder ? task : Task.sequenceClassification("no", "yes");
        try (LoraModel model = LoraModel.load(directory, trained, options)) {
            Random random = new Random(3);
            int words = model.block().vocabularySize();
            if (decoder) {
                Map<String, CausalBatch> batches = new LinkedHashMap<>();
                for (int i = 0; i < ADAPTERS; i++) {
                    batches.put("a" + i, sequences(random, words, texts, tokens));
                }
                measure(model, CausalBatch.class, batches, steps);
            } else {
                Map<String, TextBatch> batches = new LinkedHashMap<>();
                for (int i = 0; i < ADAPTERS; i++) {
                    batches.put("a" + i, texts(random, words, texts, tokens));
                }
                measure(model, TextBatch.class, batches, steps);
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

    /** One batch, again and again. */
    private record Fixed<B extends TrainingBatch>(B batch, Class<B> batchType)
            implements BatchSource<B> {
        @Override
        public int batchesPerEpoch(int epoch) {
            return 1;
        }

        @Override
        public Iterable<B> epoch(int epoch) {
            return List.of(batch);
        }
    }

    private static <B extends TrainingBatch> void measure(
            LoraModel model, Class<B> kind, Map<String, B> batches, int steps) {
        LoraTrainingConfig config =
                LoraTrainingConfig.builder().optSteps(steps).optLearningRate(1e-4).build();
        Training together =
                () -> {
                    JointTrainer.Builder<B> builder = JointTrainer.builder(model, kind);
                    batches.forEach(
                            (name, batch) ->
                                    builder.add(
                                            name,
                                            new JointTrainer.Job<>(
                                                    new Fixed<>(batch, kind), null, config)));
                    Map<String, List<Double>> losses = new LinkedHashMap<>();
                    builder.build()
                            .fit()
                            .forEach((name, done) -> losses.put(name, done.lossByStep()));
                    return losses;
                };
        Training apart =
                () -> {
                    Map<String, List<Double>> losses = new LinkedHashMap<>();
                    batches.forEach(
                            (name, batch) -> {
                                model.trainAdapter(name);
                                losses.put(
                                        name,
                                        LoraTrainer.builder(model)
                                                .setDataset(new Fixed<>(batch, kind))
                                                .optConfig(config)
                                                .build()
                                                .fit()
                                                .lossByStep());
                            });
                    return losses;
                };
        double[][] walls = new double[3][ROUNDS];
        double[][] cpus = new double[3][ROUNDS];
        double worst = 0;
        for (int round = -1; round < ROUNDS; round++) {
            Run one = run(model, batches.keySet(), together);
            Run other = run(model, batches.keySet(), apart);
            worst = Math.max(worst, difference(one.losses, other.losses));
            if (round >= 0) {
                set(walls, round, one.wall / steps, other.wall / steps);
                set(cpus, round, one.cpu / steps, other.cpu / steps);
            }
        }
        System.out.println("a step of all adapters, ms      min  median     max");
        print("together", walls[0]);
        print("one after the other", walls[1]);
        print("ratio", walls[2]);
        print("ratio of the thread's CPU time", cpus[2]);
        System.out.printf(Locale.ROOT, "losses differ by at most %.1e%n", worst);
    }

    private static double difference(
            Map<String, List<Double>> losses, Map<String, List<Double>> others) {
        double worst = 0;
        for (Map.Entry<String, List<Double>> each : losses.entrySet()) {
            List<Double> other = others.getOrDefault(each.getKey(), List.of());
            for (int i = 0; i < other.size(); i++) {
                worst = Math.max(worst, Math.abs(each.getValue().get(i) - other.get(i)));
            }
        }
        return worst;
    }

    private static void set(double[][] of, int round, double together, double apart) {
        of[0][round] = together;
        of[1][round] = apart;
        of[2][round] = apart / together;
    }

    /** Trains fresh adapters, the same each time. */
    private static Run run(LoraModel model, Iterable<String> names, Training training) {
        int made = 0;
        for (String name : names) {
            if (model.adapterNames().contains(name)) {
                model.deleteAdapter(name);
            }
            model.addAdapter(
                    name,
                    LoraConfig.builder()
                            .setRank(RANKS[made++ % RANKS.length])
                            .optTargetModules("all-linear")
                            .build());
        }
        long cpu = ManagementFactory.getThreadMXBean().getCurrentThreadCpuTime();
        long start = System.nanoTime();
        Map<String, List<Double>> losses = training.losses();
        long end = System.nanoTime();
        return new Run(
                (end - start) / 1e6,
                (ManagementFactory.getThreadMXBean().getCurrentThreadCpuTime() - cpu) / 1e6,
                losses);
    }

    private static void print(String what, double[] values) {
        double[] sorted = values.clone();
        Arrays.sort(sorted);
        System.out.printf(
                Locale.ROOT,
                "%-30s %7.2f %7.2f %7.2f%n",
                what,
                sorted[0],
                sorted[sorted.length / 2],
                sorted[sorted.length - 1]);
    }
}
