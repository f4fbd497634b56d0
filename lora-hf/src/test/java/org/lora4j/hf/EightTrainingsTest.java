/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.hf;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.lora4j.block.ActiveAdapters;
import org.lora4j.block.AdapterSelection;
import org.lora4j.core.LoraConfig;
import org.lora4j.hf.DecoderGolden.Expected;
import org.lora4j.text.batch.PackedTokens;
import org.lora4j.torch.TorchThreads;
import org.lora4j.train.LoraTrainer;
import org.lora4j.train.StepInfo;
import org.lora4j.train.TrainingListener;

/** Eight trainings on one set of weights while others read it: each as if it were alone. */
final class EightTrainingsTest {
    private static final int STEPS = 30;
    private static final List<Long> SEEDS = List.of(1L, 2L, 3L, 4L, 5L, 6L, 7L, 8L);
    private static final Expected DATA = DecoderGolden.expected("llama");
    private static final PackedTokens TEXT =
            DecoderGolden.packed(DATA.ids(), DATA.labels(), 0, 1, 2);

    @TempDir Path folder;
    private int threads;

    @BeforeEach
    void oneThread() {
        threads = TorchThreads.get();
        TorchThreads.set(1);
    }

    @AfterEach
    void threadsAsBefore() {
        TorchThreads.set(threads);
    }

    /** The loss of each step, and the saved adapter's bytes. */
    @SuppressWarnings("ArrayRecordComponent") // read only
    private record Run(List<Double> losses, byte[] adapter) {
        boolean equalTo(Run other) {
            return losses.equals(other.losses) && Arrays.equals(adapter, other.adapter);
        }
    }

    @FunctionalInterface
    private interface Meeting {
        void await() throws Exception;
    }

    private Run train(LoraModel model, long seed, Meeting meeting) throws IOException {
        model.addAdapter("default", config(seed));
        TrainingListener meet =
                new TrainingListener() {
                    @Override
                    public void onStep(StepInfo step) {
                        if (step.step() == 1 || step.step() == STEPS / 2) {
                            try {
                                meeting.await();
                            } catch (Exception e) {
                                throw new IllegalStateException("the others did not come", e);
                            }
                        }
                    }
                };
        List<Double> losses =
                LoraTrainer.builder(model)
                        .setDataset(
                                StepGradients.fixed(
                                        DecoderGolden.batches(DATA, new int[][] {{2, 0}, {1, 3}})))
                        .optSteps(STEPS)
                        .optConfig(c -> c.optLearningRate(3e-3).optSeed(seed))
                        .addListener(meet)
                        .build()
                        .fit()
                        .lossByStep();
        Path saved = Files.createTempDirectory(folder, "adapter").resolve("saved");
        model.saveAdapter("default", saved);
        return new Run(losses, Files.readAllBytes(saved.resolve("adapter_model.safetensors")));
    }

    private static LoraConfig config(long seed) {
        return LoraConfig.builder()
                .setRank(3)
                .setAlpha(7)
                .optDropout(0.1)
                .optSeed(seed)
                .optTargetModules("q_proj", "v_proj", "down_proj")
                .build();
    }

    private List<Run> alone(List<Long> seeds) throws IOException {
        List<Run> all = new ArrayList<>();
        for (long seed : seeds) {
            try (LoraModel model = DecoderGolden.load(folder, "llama")) {
                all.add(train(model, seed, () -> {}));
            }
        }
        return all;
    }

    /** Trains on one base, every training having begun before any goes past its first step. */
    private List<Run> together(SharedBase base, List<Long> seeds) throws Exception {
        CyclicBarrier barrier = new CyclicBarrier(seeds.size());
        List<Callable<Run>> trainings = new ArrayList<>();
        for (long seed : seeds) {
            trainings.add(
                    () -> {
                        try (LoraModel model = base.newModel()) {
                            return train(model, seed, () -> barrier.await(2, TimeUnit.MINUTES));
                        }
                    });
        }
        ExecutorService pool = Executors.newFixedThreadPool(seeds.size());
        try {
            List<Run> all = new ArrayList<>();
            for (Future<Run> training : pool.invokeAll(trainings)) {
                all.add(training.get());
            }
            return all;
        } finally {
            pool.shutdownNow();
        }
    }

    private static void assertAllDiffer(List<Run> runs) {
        for (int i = 0; i < runs.size(); i++) {
            for (int k = 0; k < i; k++) {
                assertThat(runs.get(i).losses())
                        .as("%d, %d", i, k)
                        .isNotEqualTo(runs.get(k).losses);
                assertThat(runs.get(i).adapter())
                        .as("%d, %d", i, k)
                        .isNotEqualTo(runs.get(k).adapter);
            }
        }
    }

    private static float[] answer(LoraModel model, String adapter) {
        try (ActiveAdapters.Scope scope = model.use(AdapterSelection.of(adapter))) {
            return DecoderGolden.logits(model, TEXT);
        }
    }

    /** Switches between adapters until told to stop; returns how many answers were as expected. */
    private static int read(LoraModel model, Map<String, float[]> expected, AtomicBoolean done) {
        int right = 0;
        while (!done.get() || right == 0) {
            for (String adapter : expected.keySet()) {
                model.setActive(AdapterSelection.of(adapter));
                float[] found = DecoderGolden.logits(model, TEXT); // the other reader switches too
                assertThat(expected.values()).anyMatch(each -> Arrays.equals(each, found));
                assertThat(answer(model, adapter)).containsExactly(expected.get(adapter));
                right++;
            }
        }
        return right;
    }

    /** A model with the adapters that readers switch between. */
    private static LoraModel reading(SharedBase base, Path... adapters) throws IOException {
        LoraModel model = base.newModel();
        for (Path adapter : adapters) {
            model.loadAdapter(adapter.getFileName().toString(), adapter);
        }
        return model;
    }

    private Path trained(String name, long seed) throws IOException {
        try (LoraModel model = DecoderGolden.load(folder, "llama")) {
            train(model, seed, () -> {});
            model.saveAdapter("default", folder.resolve(name));
        }
        return folder.resolve(name);
    }

    @Test
    void eachGivesTheBitsOfItselfAlone() throws Exception {
        List<Run> alone = alone(SEEDS);
        assertAllDiffer(alone);
        AtomicBoolean done = new AtomicBoolean();
        ExecutorService readers = Executors.newFixedThreadPool(2);
        try (SharedBase base =
                        SharedBase.load(
                                DecoderGolden.model(folder, "llama"),
                                Task.causalLanguageModel(),
                                LoadOptions.defaults());
                LoraModel model = reading(base, trained("a", 11), trained("b", 12))) {
            Map<String, float[]> expected = new HashMap<>();
            expected.put("a", answer(model, "a"));
            expected.put("b", answer(model, "b"));
            assertThat(expected.get("a")).isNotEqualTo(expected.get("b"));
            Future<Integer> first = readers.submit(() -> read(model, expected, done));
            Future<Integer> second = readers.submit(() -> read(model, expected, done));
            List<Run> together;
            try {
                together = together(base, SEEDS);
            } finally {
                done.set(true);
            }
            assertThat(first.get()).isPositive();
            assertThat(second.get()).isPositive();
            for (int i = 0; i < SEEDS.size(); i++) {
                assertThat(together.get(i).losses()).hasSize(STEPS).isEqualTo(alone.get(i).losses);
                assertThat(together.get(i).equalTo(alone.get(i))).as("training %d", i).isTrue();
            }
        } finally {
            done.set(true);
            readers.shutdown();
        }
    }

    @Test
    void twoOfOneSeedWouldBeNoticed() throws Exception {
        try (SharedBase base =
                SharedBase.load(
                        DecoderGolden.model(folder, "llama"),
                        Task.causalLanguageModel(),
                        LoadOptions.defaults())) {
            List<Run> runs = together(base, List.of(1L, 2L, 1L));
            assertThat(runs.get(0).equalTo(runs.get(2))).isTrue();
            assertThatThrownBy(() -> assertAllDiffer(runs)).isInstanceOf(AssertionError.class);
            assertAllDiffer(runs.subList(0, 2));
        }
    }
}
