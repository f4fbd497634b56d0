/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.bench;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Random;
import org.lora4j.hf.CausalBatch;
import org.lora4j.hf.LoadOptions;
import org.lora4j.hf.LoraModel;
import org.lora4j.hf.Task;
import org.lora4j.text.batch.PackedTokens;
import org.lora4j.torch.TorchThreads;
import org.lora4j.train.BatchSource;
import org.lora4j.train.LoraTrainer;
import org.lora4j.train.Recomputation;
import org.lora4j.train.StepInfo;
import org.lora4j.train.TrainingListener;

/**
 * One side of a comparison: a training of a causal language model, by the method and on the base of
 * {@link Choices}, on random tokens of given lengths; prints a line for each step, then the peak
 * memory.
 */
public final class CausalTraining {
    private CausalTraining() {}

    /**
     * Runs the training.
     *
     * <p>The system property {@code recompute} is "all" or the number of layers that are computed
     * again in the backward pass; by default none is.
     *
     * @param args model directory, F32 or BF16, threads, steps, "all" or "half" (the share of each
     *     sequence that is labelled), then for each batch its lengths: 256,256,256,256
     */
    public static void main(String[] args) throws IOException {
        LoadOptions options = Choices.options(args[1]);
        TorchThreads.set(Integer.parseInt(args[2]));
        int steps = Integer.parseInt(args[3]);
        Task task = Task.causalLanguageModel();
        try (LoraModel model = LoraModel.load(Path.of(args[0]), task, options)) {
            model.addAdapter("default", Choices.adapter());
            System.out.println(model.trainableParameters());
            Batches batches = batches(model, args);
            LoraTrainer.builder(model)
                    .setDataset(batches)
                    .optSteps(steps)
                    .optConfig(
                            c ->
                                    c.optLearningRate(2e-4)
                                            .optClipNorm(0)
                                            .optRecomputation(recomputation()))
                    .addListener(new Clock(batches))
                    .build()
                    .fit();
        }
        for (String line : Files.readAllLines(Path.of("/proc/self/status"))) {
            if (line.startsWith("VmHWM:")) {
                System.out.println("peak_rss_kb " + line.replaceAll("\\D", ""));
            }
        }
    }

    private static Recomputation recomputation() {
        String layers = System.getProperty("recompute", "0");
        return layers.equals("all")
                ? Recomputation.all()
                : Recomputation.first(Integer.parseInt(layers));
    }

    private static Batches batches(LoraModel model, String[] args) {
        Random random = new Random(7);
        int words = model.block().vocabularySize();
        List<CausalBatch> batches = new ArrayList<>();
        for (String list : Arrays.asList(args).subList(5, args.length)) {
            int[] lengths =
                    Arrays.stream(list.split(",", -1)).mapToInt(Integer::parseInt).toArray();
            batches.add(batch(random, words, lengths, args[4].equals("half")));
        }
        return new Batches(batches);
    }

    private static CausalBatch batch(Random random, int words, int[] lengths, boolean half) {
        int total = Arrays.stream(lengths).sum();
        long[] ids = random.longs(total, 0, words).toArray();
        long[] labels = new long[total];
        int at = 0;
        for (int length : lengths) {
            for (int i = 0; i < length; i++, at++) {
                boolean labelled = i + 1 < length && (!half || i + 1 >= length / 2);
                labels[at] = labelled ? ids[at + 1] : PackedTokens.IGNORED;
            }
        }
        int[] indices = new int[lengths.length];
        Arrays.setAll(indices, i -> i);
        return new CausalBatch(new PackedTokens(ids, labels, lengths, indices));
    }

    /** The same batches in each epoch. */
    private record Batches(List<CausalBatch> all) implements BatchSource<CausalBatch> {
        @Override
        public Class<CausalBatch> batchType() {
            return CausalBatch.class;
        }

        @Override
        public Iterable<CausalBatch> epoch(int epoch) {
            return all;
        }

        @Override
        public int batchesPerEpoch(int epoch) {
            return all.size();
        }
    }

    /** Prints the rate of each step. */
    private static final class Clock implements TrainingListener {
        private final Batches batches;
        private long before = System.nanoTime();

        Clock(Batches batches) {
            this.batches = batches;
        }

        @Override
        public void onStep(StepInfo step) {
            long now = System.nanoTime();
            double seconds = (now - before) / 1e9;
            before = now;
            long tokens = batches.all().get((step.step() - 1) % batches.all().size()).tokens();
            System.out.printf(
                    Locale.ROOT,
                    "step %d loss %.4f tokens %d seconds %.3f%n",
                    step.step() - 1,
                    step.loss(),
                    tokens,
                    seconds);
        }
    }
}
