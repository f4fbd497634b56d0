/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.train;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import java.util.List;
import org.junit.jupiter.api.Test;

final class MetricsTest {
    @Test
    void macroF1AveragesOverLabelsOfTruthAndPredictions() {
        // Label 3 is only predicted, label 2 never is: both count, with F1 0.
        Predictions.Classes predictions =
                (Predictions.Classes)
                        Predictions.classes(
                                new int[] {0, 0, 1, 1, 3, 0}, new int[] {0, 1, 1, 1, 0, 2});
        ClassificationMetrics metrics = ClassificationMetrics.of(predictions);
        assertThat(metrics.accuracy()).isEqualTo(0.5);
        // F1: 0 -> 2/(3+2), 1 -> 4/(2+3), 2 -> 0, 3 -> 0
        assertThat(metrics.f1Macro()).isEqualTo((0.4 + 0.8) / 4, within(1e-15));
    }

    @Test
    void allRightAndAllWrong() {
        int[] truth = {4, 2, 4};
        assertThat(of(truth, truth)).isEqualTo(new ClassificationMetrics(1, 1));
        assertThat(of(new int[] {2, 4, 2}, truth)).isEqualTo(new ClassificationMetrics(0, 0));
        assertThat(of(new int[] {1000, 1000}, new int[] {1000, 1000}).accuracy()).isEqualTo(1);
    }

    private static ClassificationMetrics of(int[] predicted, int[] truth) {
        return ClassificationMetrics.of(
                (Predictions.Classes) Predictions.classes(predicted, truth));
    }

    @Test
    void regressionMeasuresErrorsAndCorrelations() {
        RegressionMetrics metrics =
                RegressionMetrics.of(
                        (Predictions.Values)
                                Predictions.values(
                                        new double[] {1, 2, 2, 5}, new double[] {1, 3, 2, 10}));
        assertThat(metrics.mse()).isEqualTo(26.0 / 4);
        // By hand: Sxy = 21, Sxx = 9, Syy = 50; ranks (1, 2.5, 2.5, 4) against (1, 3, 2, 4).
        assertThat(metrics.pearson()).isEqualTo(21 / Math.sqrt(9 * 50), within(1e-15));
        assertThat(metrics.spearman()).isEqualTo(4.5 / Math.sqrt(4.5 * 5), within(1e-15));
        assertThat(
                        RegressionMetrics.of(
                                        (Predictions.Values)
                                                Predictions.values(
                                                        new double[] {1, 1}, new double[] {1, 2}))
                                .pearson())
                .isNaN();
    }

    @Test
    void batchesAreJoinedByTheirCounts() {
        EvaluationMetrics metrics =
                EvaluationMetrics.of(
                        List.of(
                                new Evaluation(
                                        3,
                                        3,
                                        Predictions.classes(
                                                new int[] {0, 1, 1}, new int[] {0, 1, 0})),
                                new Evaluation(
                                        5, 1, Predictions.classes(new int[] {1}, new int[] {1}))));
        assertThat(metrics.loss()).isEqualTo(2);
        assertThat(metrics.count()).isEqualTo(4);
        assertThat(metrics.value(Metric.ACCURACY)).hasValue(0.75);
        assertThat(metrics.value(Metric.SPEARMAN)).isEmpty();
        assertThat(metrics.perplexity()).isEqualTo(Math.exp(2));
    }

    @Test
    void mixedOrEmptyEvaluationsAreRefused() {
        assertThatThrownBy(
                        () ->
                                EvaluationMetrics.of(
                                        List.of(
                                                new Evaluation(1, 1, Predictions.none()),
                                                new Evaluation(
                                                        1,
                                                        1,
                                                        Predictions.values(
                                                                new double[1], new double[1])))))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("mixes None with Values");
        assertThatThrownBy(() -> EvaluationMetrics.of(List.of()))
                .isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> Predictions.classes(new int[2], new int[3]))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("2 predictions for 3");
    }

    @Test
    void betterIsMoreOrLessAndNeverNaN() {
        assertThat(Metric.LOSS.isBetter(1, 2)).isTrue();
        assertThat(Metric.LOSS.isBetter(2, 2)).isFalse();
        assertThat(Metric.ACCURACY.isBetter(2, 1)).isTrue();
        assertThat(Metric.ACCURACY.isBetter(Double.NaN, 1)).isFalse();
        assertThat(Metric.ACCURACY.isBetter(0, Double.NaN)).isTrue();
        assertThat(Metric.LOSS.isBetter(Double.NaN, Double.NaN)).isFalse();
    }
}
