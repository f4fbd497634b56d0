/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.hf;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.training.ParameterStore;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.lora4j.block.StepContext;
import org.lora4j.core.LoraConfig;
import org.lora4j.hf.DecoderGolden.Expected;
import org.lora4j.hf.loss.ChunkedLoss;
import org.lora4j.hf.model.CausalLanguageModel;
import org.lora4j.hf.nn.FamilyBlock.Pass;
import org.lora4j.text.batch.PackedTokens;
import org.lora4j.torch.Torch;
import org.lora4j.train.Evaluation;
import org.lora4j.train.LossSum;
import org.lora4j.train.Stage;
import org.lora4j.train.TrainingTask;
import org.lora4j.train.metric.EvaluationMetrics;
import org.lora4j.train.metric.MetricTally;

/** What must not matter to a causal language model does not: how sequences share a batch. */
final class CausalInvariantsTest {
    private static final Expected DATA = DecoderGolden.expected("llama");

    @TempDir Path folder;

    private LoraModel model(double dropout) throws IOException {
        LoraModel model = DecoderGolden.load(folder, "llama");
        LoraConfig config =
                LoraConfig.builder()
                        .setRank(3)
                        .setAlpha(7)
                        .optDropout(dropout)
                        .optTargetModules("q_proj", "k_proj", "up_proj", "down_proj", "lm_head")
                        .build();
        model.addAdapter("default", config);
        Golden.adapter(model, "default").forEach(CausalInvariantsTest::randomise);
        return model;
    }

    private static void randomise(String name, NDArray array) {
        float[] values = new float[(int) array.size()];
        java.util.Random random = new java.util.Random(name.hashCode());
        for (int i = 0; i < values.length; i++) {
            values[i] = (float) random.nextGaussian() * 0.1f;
        }
        try (NDArray copy = array.getManager().create(values, array.getShape())) {
            Torch.copyInto(array, copy);
        }
    }

    private static StepGradients gradients(LoraModel model, int[]... batches) {
        return StepGradients.of(model, DecoderGolden.batches(DATA, batches));
    }

    private static void assertClose(StepGradients found, StepGradients expected, double most) {
        assertThat(found.loss()).isEqualTo(expected.loss(), within(most));
        expected.byPath()
                .forEach(
                        (path, gradient) ->
                                assertThat(
                                                Golden.farthest(found.byPath().get(path), gradient)
                                                        / Math.max(1, largest(gradient)))
                                        .as(path)
                                        .isLessThan(most));
    }

    private static double largest(float[] values) {
        double most = 0;
        for (float value : values) {
            most = Math.max(most, Math.abs(value));
        }
        return most;
    }

    @ParameterizedTest
    @ValueSource(doubles = {0, 0.3})
    void packedSequencesGiveWhatEachGivesAlone(double dropout) throws IOException {
        try (LoraModel model = model(dropout)) {
            StepGradients packed = gradients(model, new int[] {0, 1, 2, 3});
            assertClose(
                    gradients(model, new int[] {0}, new int[] {1}, new int[] {2}, new int[] {3}),
                    packed,
                    1e-5);
            assertClose(gradients(model, new int[] {3, 2}, new int[] {1, 0}), packed, 1e-5);
            StepGradients fewer = gradients(model, new int[] {0, 1, 2});
            assertThat(fewer.loss()).as("another set").isNotCloseTo(packed.loss(), within(1e-3));
        }
    }

    @Test
    void dropoutMattersAndIsCountedByStep() throws IOException {
        try (LoraModel with = model(0.3);
                LoraModel without = model(0)) {
            double loss = gradients(with, new int[] {0, 1}).loss();
            assertThat(loss).isEqualTo(gradients(with, new int[] {0, 1}).loss());
            assertThat(loss)
                    .isNotCloseTo(gradients(without, new int[] {0, 1}).loss(), within(1e-3));
        }
    }

    /** The loss by all logits at once, differentiated as it stands. */
    private record PlainTask(CausalLanguageModel block, TrainingTask<CausalBatch> task)
            implements TrainingTask<CausalBatch> {
        @Override
        public Map<String, NDArray> trainable() {
            return task.trainable();
        }

        @Override
        public StepContext steps() {
            return task.steps();
        }

        @Override
        public NDList input(NDManager scope, CausalBatch batch) {
            return task.input(scope, batch);
        }

        @Override
        public List<Stage> stages() {
            return task.stages();
        }

        @Override
        public LossSum head(NDManager scope, NDList hidden, CausalBatch batch) {
            Pass pass = new Pass(new ParameterStore(scope, false), true);
            NDArray logits = block.logits(pass, hidden.get(0));
            NDArray labels = Torch.copy(scope.create(batch.packed().labels()));
            return new LossSum(Torch.crossEntropySum(logits, labels), batch.count());
        }

        @Override
        public Evaluation evaluate(NDManager scope, CausalBatch batch) {
            return task.evaluate(scope, batch);
        }
    }

    @ParameterizedTest
    @ValueSource(doubles = {0, 0.3})
    void theLossInChunksIsThePlainOne(double dropout) throws IOException {
        List<CausalBatch> batch = DecoderGolden.batches(DATA, new int[][] {{0, 1, 2, 3}});
        try (LoraModel model = model(dropout)) {
            CausalLanguageModel block = model.languageModel();
            CausalLanguageModelTask whole = new CausalLanguageModelTask(model.loaded());
            StepGradients plain = StepGradients.of(new PlainTask(block, whole), batch);
            for (int rows : new int[] {1, 3, 7, 1000}) {
                ChunkedLoss chunked = new ChunkedLoss(block, rows * block.vocabularySize());
                CausalLanguageModelTask task = new CausalLanguageModelTask(model.loaded(), chunked);
                assertClose(StepGradients.of(task, batch), plain, 1e-6);
            }
        }
    }

    @Test
    void perplexityIsOverAllTokens() throws IOException {
        try (LoraModel model = DecoderGolden.load(folder, "llama")) {
            TrainingTask<CausalBatch> task = model.trainingTask(CausalBatch.class);
            MetricTally tally = new MetricTally();
            DecoderGolden.batches(DATA, new int[][] {{0, 2}, {1, 3}})
                    .forEach(batch -> evaluate(model, task, batch).addTo(tally));
            EvaluationMetrics metrics = tally.metrics();
            assertThat(metrics.loss() * metrics.count()).isEqualTo(DATA.loss(), within(1e-3));
            assertThat(metrics.perplexity()).isEqualTo(Math.exp(metrics.loss()));
        }
    }

    private static Evaluation evaluate(
            LoraModel model, TrainingTask<CausalBatch> task, CausalBatch batch) {
        try (NDManager scope = model.manager().newSubManager()) {
            return task.evaluate(scope, batch);
        }
    }

    @Test
    void aTokenThatTheModelDoesNotKnowIsRefusedByName() throws IOException {
        int[] which = {5};
        PackedTokens tokens =
                new PackedTokens(new long[] {3, 41}, new long[] {41, -100}, new int[] {2}, which);
        try (LoraModel model = model(0)) {
            assertThatThrownBy(() -> StepGradients.of(model, List.of(new CausalBatch(tokens))))
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessageContaining("example 5 has the token 41; expected ids below 41");
        }
    }

    @Test
    void aSequenceDoesNotSeeItsNeighbours() throws IOException {
        try (LoraModel model = DecoderGolden.load(folder, "llama")) {
            int[][] ids = {DATA.ids()[0], DATA.ids()[1].clone()};
            long[][] labels = {DATA.labels()[0], DATA.labels()[1]};
            PackedTokens tokens = DecoderGolden.packed(ids, labels, 0, 1);
            float[] before = DecoderGolden.logits(model, tokens);
            ids[1][0] += 1;
            float[] after = DecoderGolden.logits(model, DecoderGolden.packed(ids, labels, 0, 1));
            int first = ids[0].length * model.languageModel().vocabularySize();
            for (int i = 0; i < first; i++) {
                assertThat(after[i]).isEqualTo(before[i]);
            }
            assertThat(after[first]).isNotEqualTo(before[first]);
        }
    }
}
