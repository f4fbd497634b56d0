/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.train;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import java.util.Arrays;
import java.util.List;
import java.util.Random;
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
    void batchesGiveWhatAllExamplesGiveTogether() {
        Random random = new Random(3);
        EvaluationTally classes = new EvaluationTally();
        EvaluationTally values = new EvaluationTally();
        int[][] all = new int[2][700];
        double[][] numbers = new double[2][700];
        for (int i = 0; i < 700; i += 7) {
            for (int k = i; k < i + 7; k++) {
                all[0][k] = random.nextInt(5);
                all[1][k] = random.nextInt(6);
                numbers[0][k] = random.nextInt(40) / 8.0; // with ties
                numbers[1][k] = numbers[0][k] + random.nextGaussian();
            }
            classes.add(
                    new Evaluation(1, 7, Predictions.classes(part(all[0], i), part(all[1], i))));
            values.add(
                    new Evaluation(
                            1, 7, Predictions.values(part(numbers[0], i), part(numbers[1], i))));
        }
        assertThat(classes.metrics().classification()).isEqualTo(of(all[0], all[1]));
        RegressionMetrics metrics =
                RegressionMetrics.of(
                        (Predictions.Values) Predictions.values(numbers[0], numbers[1]));
        assertThat(values.metrics().regression()).isEqualTo(metrics);
        assertThat(metrics.spearman()).isEqualTo(spearman(numbers[0], numbers[1]), within(1e-12));
    }

    private static int[] part(int[] all, int from) {
        return Arrays.copyOfRange(all, from, from + 7);
    }

    private static double[] part(double[] all, int from) {
        return Arrays.copyOfRange(all, from, from + 7);
    }

    /** By its definition: the mean rank of each number among all, counted one by one. */
    private static double spearman(double[] x, double[] y) {
        double[] ranks = new double[x.length];
        double[] others = new double[x.length];
        for (int i = 0; i < x.length; i++) {
            for (int k = 0; k < x.length; k++) {
                ranks[i] += Math.signum(x[i] - x[k]) / 2;
                others[i] += Math.signum(y[i] - y[k]) / 2;
            }
        }
        double xy = 0;
        double xx = 0;
        double yy = 0;
        for (int i = 0; i < x.length; i++) { // ranks about 0
            xy += ranks[i] * others[i];
            xx += ranks[i] * ranks[i];
            yy += others[i] * others[i];
        }
        return xy / Math.sqrt(xx * yy);
    }

    @Test
    void aNumberThatIsNoneHasNoRank() {
        EvaluationTally tally = new EvaluationTally();
        assertThat(tally.isEmpty()).isTrue();
        tally.add(
                new Evaluation(
                        1,
                        3,
                        Predictions.values(
                                new double[] {1, Double.NaN, 2}, new double[] {1, 2, 3})));
        assertThat(tally.isEmpty()).isFalse();
        assertThat(tally.metrics().value(Metric.SPEARMAN).getAsDouble()).isNaN();
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
