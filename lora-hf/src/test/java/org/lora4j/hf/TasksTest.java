/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.hf;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.within;

import ai.djl.Model;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.lora4j.core.LoraConfig;
import org.lora4j.text.TextExample;
import org.lora4j.train.LoraTrainer;
import org.lora4j.train.metric.EvaluationMetrics;
import org.lora4j.train.metric.Metric;

/** What is learnt: numbers, and labels of pairs, under the names that the caller gave. */
final class TasksTest {
    private static final LoraConfig CONFIG =
            LoraConfig.builder().setRank(4).setAlpha(8).optTargetModules("all-linear").build();

    @TempDir Path folder;

    private static void train(LoraModel model, List<TextExample> rows, int steps) {
        model.addAdapter("default", CONFIG);
        TextDataset data =
                TextDataset.forTraining(
                        model, rows, "rows", BatchOptions.defaults().withBatchSize(16));
        LoraTrainer.builder(model)
                .setDataset(data)
                .optSteps(steps)
                .optConfig(c -> c.optLearningRate(5e-3))
                .build()
                .fit();
    }

    @Test
    void aNumberIsLearntSavedAndPredicted() throws IOException {
        List<TextExample> rows = new ArrayList<>();
        for (TextExample row : Texts.rows(48, 2)) {
            String number = "yes".equals(row.label()) ? "1.5" : "-2.5";
            rows.add(new TextExample(row.line(), row.text(), null, number));
        }
        Path base = Golden.model(folder, "bare");
        Path adapter = folder.resolve("adapter");
        Path merged = folder.resolve("merged");
        List<Prediction> predictions;
        double loss;
        try (LoraModel model = LoraModel.load(base, Task.regression())) {
            assertThat(model.isRegression()).isTrue();
            train(model, rows, 150);
            TextDataset data =
                    TextDataset.forEvaluation(model, rows, "rows", BatchOptions.defaults());
            EvaluationMetrics metrics = new Evaluator(model).evaluate(data);
            predictions = new Evaluator(model).predict(data);
            List<Float> outputs = new ArrayList<>();
            assertThat(
                            new Evaluator(model)
                                    .evaluate(
                                            data,
                                            (batch, numbers) -> {
                                                for (float number : numbers) {
                                                    outputs.add(number);
                                                }
                                            }))
                    .as("in one run")
                    .isEqualTo(metrics);
            assertThat(outputs)
                    .containsExactlyInAnyOrderElementsOf(
                            predictions.stream().flatMap(p -> p.logits().stream()).toList());
            loss = metrics.loss();
            assertThat(loss).as("the variance is 4").isLessThan(0.5);
            assertThat(metrics.value(Metric.ACCURACY)).isEmpty();
            model.saveAdapter("default", adapter);
        }
        double squares = 0;
        for (int i = 0; i < rows.size(); i++) {
            Prediction prediction = predictions.get(i);
            assertThat(prediction.logits()).hasSize(1);
            assertThat(prediction.label()).isEqualTo(prediction.logits().get(0).toString());
            double wanted = Double.parseDouble(String.valueOf(rows.get(i).label()));
            squares += Math.pow(prediction.logits().get(0) - wanted, 2);
        }
        assertThat(squares / rows.size()).isCloseTo(loss, within(1e-5));
        try (LoraModel again = LoraModel.load(base, adapter, LoadOptions.defaults())) {
            assertThat(again.isRegression()).isTrue();
            TextDataset data =
                    TextDataset.forPrediction(again, rows, "rows", BatchOptions.defaults());
            assertThat(new Evaluator(again).predict(data)).isEqualTo(predictions);
            try (LoraModel plain = again.mergeAndUnload()) {
                plain.save(merged);
            }
        }
        try (LoraModel plain = LoraModel.load(merged, Task.regression())) {
            assertThat(plain.drawnLayers()).isEmpty();
        }
    }

    @Test
    void thePairDecidesWhereTheFirstTextSaysNothing() throws IOException {
        List<TextExample> rows = new ArrayList<>();
        for (TextExample row : Texts.rows(64, 6)) {
            rows.add(new TextExample(row.line(), "the plot", row.text(), row.label()));
        }
        Path base = Golden.model(folder, "bare");
        try (LoraModel model = LoraModel.load(base, Task.sequenceClassification("yes", "no"))) {
            train(model, rows, 120);
            BatchOptions options = BatchOptions.defaults();
            TextDataset data = TextDataset.forEvaluation(model, rows, "rows", options);
            assertThat(new Evaluator(model).evaluate(data).value(Metric.ACCURACY).getAsDouble())
                    .isGreaterThan(0.9);
            List<Prediction> predictions = new Evaluator(model).predict(data);
            for (Prediction prediction : predictions) {
                boolean first = prediction.logits().get(0) >= prediction.logits().get(1);
                assertThat(prediction.label()).isEqualTo(first ? "yes" : "no");
            }
            List<TextExample> swapped =
                    rows.stream()
                            .map(r -> new TextExample(r.line(), "the plot", "the plot", r.label()))
                            .toList();
            TextDataset blind = TextDataset.forPrediction(model, swapped, "rows", options);
            assertThat(new Evaluator(model).predict(blind).stream().distinct()).hasSize(1);
        }
    }

    @Test
    void aLabelThatTheModelDoesNotHaveIsNamed() throws IOException {
        Path base = Golden.model(folder, "bare");
        try (LoraModel model = LoraModel.load(base, Task.sequenceClassification("yes", "no"))) {
            List<TextExample> rows = List.of(new TextExample(7, "a", null, "perhaps"));
            assertThatIllegalArgumentException()
                    .isThrownBy(
                            () ->
                                    TextDataset.forEvaluation(
                                            model, rows, "dev.tsv", BatchOptions.defaults()))
                    .withMessageContaining("dev.tsv")
                    .withMessageContaining("perhaps");
            assertThatIllegalArgumentException()
                    .isThrownBy(
                            () ->
                                    TextDataset.forPrediction(
                                            model, List.of(), "dev.tsv", BatchOptions.defaults()))
                    .withMessageContaining("dev.tsv");
        }
    }

    @Test
    void theDjlModelDoesNotOwnTheWeights() throws IOException {
        Path base = Golden.model(folder, "bare");
        try (LoraModel model = LoraModel.load(base, Task.sequenceClassification("yes", "no"))) {
            float[] before = Golden.logits(model, Golden.batches("adapter").get(0).padded());
            try (Model djl = model.asModel()) {
                assertThat(djl.getModelPath().resolve("config.json")).exists();
                assertThat(djl.getBlock()).isSameAs(model.block());
            }
            assertThat(Golden.logits(model, Golden.batches("adapter").get(0).padded()))
                    .containsExactly(before);
        }
    }
}
