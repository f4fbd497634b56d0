/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.train.metric;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import java.util.Arrays;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

final class MetricsTest {
    private static double of(Metric metric, Predictions predictions) {
        return tally(predictions).value(metric).orElseThrow();
    }

    private static EvaluationMetrics tally(Predictions... batches) {
        MetricTally tally = new MetricTally();
        for (Predictions batch : batches) {
            tally.add(1, 1, batch);
        }
        return tally.metrics();
    }

    @Test
    void macroF1AveragesOverLabelsOfTruthAndPredictions() {
        // Label 3 is only predicted, label 2 never is: both count, with F1 0.
        Predictions predictions =
                Predictions.classes(new int[] {0, 0, 1, 1, 3, 0}, new int[] {0, 1, 1, 1, 0, 2});
        assertThat(of(Metric.ACCURACY, predictions)).isEqualTo(0.5);
        // F1: 0 -> 2/(3+2), 1 -> 4/(2+3), 2 -> 0, 3 -> 0
        assertThat(of(Metric.F1_MACRO, predictions)).isEqualTo((0.4 + 0.8) / 4, within(1e-15));
    }

    @Test
    void allRightAndAllWrong() {
        int[] truth = {4, 2, 4};
        for (Metric metric : List.of(Metric.ACCURACY, Metric.F1_MACRO)) {
            assertThat(of(metric, Predictions.classes(truth, truth))).isEqualTo(1);
            assertThat(of(metric, Predictions.classes(new int[] {2, 4, 2}, truth))).isZero();
        }
        int[] large = {1000, 1000}; // no cached Integers
        assertThat(of(Metric.ACCURACY, Predictions.classes(large, large))).isEqualTo(1);
    }

    @Test
    void regressionMeasuresErrorsAndCorrelations() {
        Predictions predictions =
                Predictions.values(new double[] {1, 2, 2, 5}, new double[] {1, 3, 2, 10});
        assertThat(of(Metric.MSE, predictions)).isEqualTo(26.0 / 4);
        // By hand: Sxy = 21, Sxx = 9, Syy = 50; ranks (1, 2.5, 2.5, 4) against (1, 3, 2, 4).
        assertThat(of(Metric.PEARSON, predictions))
                .isEqualTo(21 / Math.sqrt(9 * 50), within(1e-15));
        assertThat(of(Metric.SPEARMAN, predictions))
                .isEqualTo(4.5 / Math.sqrt(4.5 * 5), within(1e-15));
        Predictions constant = Predictions.values(new double[] {1, 1}, new double[] {1, 2});
        assertThat(of(Metric.PEARSON, constant)).isNaN();
        Predictions none =
                Predictions.values(new double[] {1, Double.NaN, 2}, new double[] {1, 2, 3});
        assertThat(of(Metric.SPEARMAN, none)).isNaN();
    }

    @Test
    void metricsOfTheCallersOwnAreComputedBesideTheKnownOnes() {
        Metric misses =
                Metric.ofClasses(
                        "misses of class 2",
                        false,
                        counts ->
                                counts.classes().stream()
                                        .filter(c -> c != 2)
                                        .mapToLong(c -> counts.count(2, c))
                                        .sum());
        MetricTally tally = new MetricTally(misses);
        tally.add(3, 2, Predictions.classes(new int[] {0, 1}, new int[] {2, 1}));
        tally.add(1, 1, Predictions.classes(new int[] {1}, new int[] {0}));
        tally.add(1, 3, Predictions.classes(new int[] {1, 2, 2}, new int[] {2, 2, 0}));
        EvaluationMetrics metrics = tally.metrics();
        assertThat(metrics.value(misses)).hasValue(2);
        assertThat(metrics.values().keySet())
                .containsExactly("accuracy", "f1_macro", "misses of class 2");
        assertThat(misses.isBetter(1, 2)).isTrue();
        assertThat(tally(Predictions.none()).value(misses)).isEmpty();

        Metric furthest =
                Metric.ofValues(
                        "furthest",
                        false,
                        (predicted, truth) -> {
                            double most = 0;
                            for (int i = 0; i < truth.length; i++) {
                                most = Math.max(most, Math.abs(predicted[i] - truth[i]));
                            }
                            return most;
                        });
        MetricTally values = new MetricTally(furthest);
        values.add(1, 1, Predictions.values(new double[] {3}, new double[] {1}));
        values.add(1, 1, Predictions.values(new double[] {0}, new double[] {5}));
        assertThat(values.metrics().value(furthest)).hasValue(5);
    }

    @Test
    void batchesGiveWhatAllExamplesGiveTogether() {
        Random random = new Random(3);
        Predictions[] classes = new Predictions[100];
        Predictions[] values = new Predictions[100];
        int[][] all = new int[2][700];
        double[][] numbers = new double[2][700];
        for (int i = 0; i < 700; i += 7) {
            for (int k = i; k < i + 7; k++) {
                all[0][k] = random.nextInt(5);
                all[1][k] = random.nextInt(6);
                numbers[0][k] = random.nextInt(40) / 8.0; // with ties
                numbers[1][k] = numbers[0][k] + random.nextGaussian();
            }
            classes[i / 7] = Predictions.classes(part(all[0], i), part(all[1], i));
            values[i / 7] = Predictions.values(part(numbers[0], i), part(numbers[1], i));
        }
        assertThat(tally(classes).values())
                .isEqualTo(tally(Predictions.classes(all[0], all[1])).values());
        EvaluationMetrics metrics = tally(Predictions.values(numbers[0], numbers[1]));
        assertThat(tally(values).values()).isEqualTo(metrics.values());
        assertThat(metrics.value(Metric.SPEARMAN).orElseThrow())
                .isEqualTo(spearman(numbers[0], numbers[1]), within(1e-12));
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
    void batchesAreJoinedByTheirCounts() {
        MetricTally tally = new MetricTally();
        assertThat(tally.isEmpty()).isTrue();
        tally.add(3, 3, Predictions.classes(new int[] {0, 1, 1}, new int[] {0, 1, 0}));
        assertThat(tally.isEmpty()).isFalse();
        tally.add(5, 1, Predictions.classes(new int[] {1}, new int[] {1}));
        EvaluationMetrics metrics = tally.metrics();
        assertThat(metrics.loss()).isEqualTo(2);
        assertThat(metrics.count()).isEqualTo(4);
        assertThat(metrics.value(Metric.LOSS)).hasValue(2);
        assertThat(metrics.value(Metric.ACCURACY)).hasValue(0.75);
        assertThat(metrics.value(Metric.SPEARMAN)).isEmpty();
        assertThat(metrics.perplexity()).isEqualTo(Math.exp(2));
    }

    @Test
    void mixedOrEmptyEvaluationsAreRefused() {
        Predictions value = Predictions.values(new double[1], new double[1]);
        assertThatThrownBy(() -> tally(Predictions.none(), value))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("mixes None with Values");
        assertThatThrownBy(() -> tally()).isInstanceOf(IllegalArgumentException.class);
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
