/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.hf;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.lora4j.core.LoraConfig;
import org.lora4j.hf.DecoderGolden.Expected;
import org.lora4j.hf.model.ModelTensors;
import org.lora4j.train.LoraTrainer;

/** Several models on one set of weights do as each on its own. */
final class SharedBaseTest {
    private static final Expected DATA = DecoderGolden.expected("llama");

    @TempDir Path folder;

    /** The losses of each step and the adapter's numbers after a training. */
    private record Run(List<Double> losses, Map<String, float[]> numbers) {
        boolean equalTo(Run other) {
            return losses.equals(other.losses)
                    && numbers.keySet().equals(other.numbers.keySet())
                    && numbers.keySet().stream()
                            .allMatch(k -> Arrays.equals(numbers.get(k), other.numbers.get(k)));
        }
    }

    private static Run train(LoraModel model, double dropout, long seed) {
        LoraConfig config =
                LoraConfig.builder()
                        .setRank(3)
                        .setAlpha(7)
                        .optDropout(dropout)
                        .optSeed(seed)
                        .optTargetModules("q_proj", "v_proj", "down_proj")
                        .build();
        model.addAdapter("default", config);
        List<Double> losses =
                LoraTrainer.builder(model)
                        .setDataset(
                                StepGradients.fixed(
                                        DecoderGolden.batches(DATA, new int[][] {{2, 0}, {1, 3}})))
                        .optSteps(30)
                        .optConfig(c -> c.optLearningRate(3e-3).optSeed(seed))
                        .build()
                        .fit()
                        .lossByStep();
        Map<String, float[]> numbers = new LinkedHashMap<>();
        Golden.adapter(model, "default").forEach((k, a) -> numbers.put(k, a.toFloatArray()));
        return new Run(losses, numbers);
    }

    private Run alone(double dropout, long seed) throws IOException {
        try (LoraModel model = DecoderGolden.load(folder, "llama")) {
            return train(model, dropout, seed);
        }
    }

    private static Run on(SharedBase base, double dropout, long seed) throws IOException {
        try (LoraModel model = base.newModel()) {
            return train(model, dropout, seed);
        }
    }

    private SharedBase base(String name) throws IOException {
        return SharedBase.load(
                DecoderGolden.model(folder, name),
                Task.causalLanguageModel(),
                LoadOptions.defaults());
    }

    @Test
    void twoTrainingsAtOnceGiveTheBitsOfEachAlone() throws Exception {
        Run a = alone(0.1, 1);
        Run b = alone(0.2, 2);
        assertThat(a.equalTo(b)).isFalse();
        ExecutorService pool = Executors.newFixedThreadPool(2);
        try (SharedBase base = base("llama")) {
            List<Callable<Run>> runs = List.of(() -> on(base, 0.1, 1), () -> on(base, 0.2, 2));
            for (int i = 0; i < 2; i++) {
                List<Future<Run>> both = pool.invokeAll(runs);
                assertThat(both.get(0).get().equalTo(a)).isTrue();
                assertThat(both.get(1).get().equalTo(b)).isTrue();
            }
        } finally {
            pool.shutdownNow();
        }
    }

    @Test
    void weightsAreThereOnceAndOutliveTheOthers() throws IOException {
        SharedBase base = base("llama-tied");
        try (LoraModel first = base.newModel();
                LoraModel second = base.newModel()) {
            var weights = ModelTensors.plain(second.block());
            assertThat(weights).isNotEmpty();
            ModelTensors.plain(first.block())
                    .forEach(
                            (path, weight) ->
                                    assertThat(weight.getArray())
                                            .as(path)
                                            .isSameAs(weights.get(path).getArray()));
            Run before = train(first, 0.1, 1);
            base.close();
            first.close();
            assertThat(train(second, 0.1, 1).equalTo(before)).isTrue();
        }
        assertThatThrownBy(base::newModel).isInstanceOf(IllegalStateException.class);
    }

    @Test
    void whatWouldWriteTheWeightsIsRefused() throws IOException {
        try (SharedBase base = base("llama");
                LoraModel model = base.newModel()) {
            assertThatThrownBy(model::trainAll)
                    .isInstanceOf(IllegalStateException.class)
                    .hasMessageContaining("weights that other models read");
            train(model, 0, 1);
            assertThatThrownBy(model::mergeAndUnload)
                    .isInstanceOf(IllegalStateException.class)
                    .hasMessageContaining("LoraModel.load");
        }
    }
}
