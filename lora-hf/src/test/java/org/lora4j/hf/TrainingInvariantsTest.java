/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.hf;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;
import static org.assertj.core.api.Assertions.within;

import java.io.IOException;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.lora4j.block.AdapterSelection;
import org.lora4j.core.LoraConfig;
import org.lora4j.hf.model.TrainableParameters;
import org.lora4j.text.TextExample;
import org.lora4j.train.LoraTrainer;
import org.lora4j.train.LoraTrainingResult;
import org.lora4j.train.metric.EvaluationMetrics;
import org.lora4j.train.metric.Metric;

/** What holds of every training of a real model. */
final class TrainingInvariantsTest {
    @TempDir Path folder;

    private static final List<TextExample> ROWS = Texts.rows(64, 5);

    private LoraModel model(double dropout) throws IOException {
        Path directory =
                Golden.model(
                        folder,
                        "bare",
                        json -> {
                            json.addProperty("hidden_dropout_prob", dropout);
                            json.addProperty("attention_probs_dropout_prob", dropout);
                        });
        return LoraModel.load(directory, Task.sequenceClassification("no", "yes"));
    }

    private static LoraConfig config(double dropout) {
        return LoraConfig.builder()
                .setRank(4)
                .setAlpha(9)
                .optDropout(dropout)
                .optTargetModules("all-linear")
                .optSeed(4)
                .build();
    }

    private static TextDataset data(LoraModel model, boolean bucketing) {
        BatchOptions options = BatchOptions.defaults().withBatchSize(8).withBucketing(bucketing);
        return TextDataset.forTraining(model, ROWS, "rows", options);
    }

    private static LoraTrainingResult train(LoraModel model, int steps, long seed) {
        return LoraTrainer.builder(model)
                .setDataset(data(model, true))
                .optSteps(steps)
                .optConfig(c -> c.optLearningRate(3e-3).optSeed(seed))
                .build()
                .fit();
    }

    private static Map<String, float[]> numbers(LoraModel model, String adapter) {
        Map<String, float[]> values = new LinkedHashMap<>();
        Golden.adapter(model, adapter).forEach((name, a) -> values.put(name, a.toFloatArray()));
        return values;
    }

    private static boolean same(Map<String, float[]> a, Map<String, float[]> b) {
        return a.keySet().equals(b.keySet())
                && a.keySet().stream().allMatch(k -> java.util.Arrays.equals(a.get(k), b.get(k)));
    }

    /** The losses of each step and the adapter's numbers after a training. */
    private record Run(List<Double> losses, Map<String, float[]> numbers) {
        boolean equalTo(Run other) {
            return losses.equals(other.losses) && same(numbers, other.numbers);
        }
    }

    private Run run(double dropout, boolean base, long seed) throws IOException {
        try (LoraModel model = model(dropout)) {
            model.block().dropouts().set(base);
            model.addAdapter("default", config(dropout));
            LoraTrainingResult result = train(model, 12, seed);
            return new Run(result.lossByStep(), numbers(model, "default"));
        }
    }

    @Test
    void itLearnsAndTheBaseKeepsItsBytes() throws IOException {
        try (LoraModel model = model(0.1)) {
            Map<String, float[]> base = Golden.base(model);
            TextDataset all =
                    TextDataset.forEvaluation(model, ROWS, "rows", BatchOptions.defaults());
            float[] before = logits(model, all);
            model.addAdapter("default", config(0.1));
            train(model, 120, 0);
            EvaluationMetrics after = new Evaluator(model).evaluate(all);
            assertThat(after.value(Metric.ACCURACY).getAsDouble()).isGreaterThan(0.9);
            assertThat(same(Golden.base(model), base)).isTrue();
            try (var off = model.use(AdapterSelection.none())) {
                assertThat(logits(model, all)).isEqualTo(before);
                assertThatIllegalStateException() // of a head that was drawn
                        .isThrownBy(() -> new Evaluator(model).predict(all))
                        .withMessageContaining("classifier");
            }
        }
    }

    private static float[] logits(LoraModel model, TextDataset data) {
        return Golden.logits(model, data.epoch(0).iterator().next().texts());
    }

    @Test
    void theSameSeedGivesTheSameBitsAndDropoutsMatter() throws IOException {
        Run first = run(0.1, true, 7);
        assertThat(run(0.1, true, 7).equalTo(first)).isTrue();
        assertThat(run(0.1, true, 8).equalTo(first)).as("another seed").isFalse();
        assertThat(run(0.1, false, 7).equalTo(first)).as("base dropout off").isFalse();
        assertThat(run(0, true, 7).equalTo(first)).as("no dropout").isFalse();
        assertThat(run(0, true, 7).equalTo(run(0, false, 8)))
                .as("without dropout the seed says nothing")
                .isTrue();
    }

    @Test
    void twoTrainingsAtOnceGiveTheBitsOfEachAlone() throws Exception {
        Run a = run(0.1, true, 1);
        Run b = run(0.2, true, 2);
        ExecutorService pool = Executors.newFixedThreadPool(2);
        try {
            List<Callable<Run>> runs = List.of(() -> run(0.1, true, 1), () -> run(0.2, true, 2));
            for (int i = 0; i < 2; i++) {
                List<Future<Run>> both = pool.invokeAll(runs);
                assertThat(both.get(0).get().equalTo(a)).isTrue();
                assertThat(both.get(1).get().equalTo(b)).isTrue();
            }
        } finally {
            pool.shutdown();
        }
    }

    @Test
    void howTextsAreBatchedDoesNotMatterToThem() throws IOException {
        try (LoraModel model = model(0)) {
            model.addAdapter("default", config(0));
            train(model, 5, 0);
            List<Prediction> alone = predict(model, 1);
            List<Prediction> together = predict(model, 64);
            for (int i = 0; i < ROWS.size(); i++) {
                for (int c = 0; c < 2; c++) {
                    assertThat(together.get(i).logits().get(c))
                            .as("text %s", i)
                            .isCloseTo(alone.get(i).logits().get(c), within(2e-6f));
                }
            }
            float[] padded =
                    Golden.logits(model, data(model, false).epoch(0).iterator().next().texts());
            assertThat(padded).hasSize(16).isNotEqualTo(new float[16]);
        }
    }

    private static List<Prediction> predict(LoraModel model, int batch) {
        BatchOptions options = BatchOptions.defaults().withBatchSize(batch);
        return new Evaluator(model)
                .predict(TextDataset.forPrediction(model, ROWS, "rows", options));
    }

    @Test
    void everyWeightCanTrain() throws IOException {
        try (LoraModel model = model(0.1)) {
            Map<String, float[]> before = Golden.base(model);
            model.trainAll();
            TrainableParameters all = model.trainableParameters();
            assertThat(all.trainable()).isEqualTo(all.all());
            train(model, 3, 0);
            Golden.base(model)
                    .forEach(
                            (name, values) ->
                                    assertThat(values).as(name).isNotEqualTo(before.get(name)));
            Path out = folder.resolve("full");
            model.save(out);
            try (LoraModel again = LoraModel.load(out, Task.sequenceClassification())) {
                assertThat(again.labels()).containsExactly("no", "yes");
                assertThat(same(Golden.base(again), Golden.base(model))).isTrue();
            }
        }
    }

    @Test
    void onlyTheTrainedAdapterChanges() throws IOException {
        try (LoraModel model = model(0.1)) {
            model.addAdapter("a", config(0.1));
            train(model, 2, 0);
            model.addAdapter("b", config(0.1));
            Map<String, float[]> a = numbers(model, "a");
            Map<String, float[]> b = numbers(model, "b");
            train(model, 2, 0);
            assertThat(same(numbers(model, "a"), a)).isTrue();
            assertThat(same(numbers(model, "b"), b)).isFalse();
            b = numbers(model, "b");
            model.trainAdapter("a");
            train(model, 2, 0);
            assertThat(same(numbers(model, "b"), b)).isTrue();
            assertThat(same(numbers(model, "a"), a)).isFalse();
        }
    }
}
