/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.cli.train;

import org.jspecify.annotations.Nullable;
import org.lora4j.train.LearningRateSchedule;
import org.lora4j.train.LoraTrainingConfig;
import org.lora4j.train.Metric;
import org.lora4j.train.OptimizerKind;
import org.lora4j.train.WarmUp;
import picocli.CommandLine.Option;

/** How a training goes. */
public final class TrainingOptions {
    private static final int DEFAULT_EPOCHS = 3;
    private static final double LABELLED_RATE = 1e-3;
    private static final double CAUSAL_RATE = 2e-4;

    @Option(names = "--steps", paramLabel = "N", description = "Optimiser steps to take.")
    private @Nullable Integer steps;

    @Option(
            names = "--epochs",
            paramLabel = "N",
            description = "Passes over the data, instead of --steps; 3 by default.")
    private @Nullable Integer epochs;

    @Option(
            names = "--accumulate",
            paramLabel = "N",
            defaultValue = "1",
            description = "Batches whose gradients make one step.")
    private int accumulate;

    @Option(
            names = "--optimizer",
            paramLabel = "NAME",
            defaultValue = "adamw",
            description = "The update rule, as in torch.optim: ${COMPLETION-CANDIDATES}.")
    private Rule optimizer = Rule.adamw;

    @Option(
            names = "--learning-rate",
            paramLabel = "RATE",
            description =
                    "The rate that the schedule starts from. "
                            + LABELLED_RATE
                            + " by default, "
                            + CAUSAL_RATE
                            + " for causal-lm.")
    private @Nullable Double learningRate;

    @Option(
            names = "--weight-decay",
            paramLabel = "DECAY",
            defaultValue = "0.01",
            description = "Decoupled weight decay.")
    private double weightDecay;

    @Option(
            names = "--clip",
            paramLabel = "NORM",
            defaultValue = "0",
            description = "The largest norm of all gradients together; 0 is off.")
    private double clip;

    @Option(
            names = "--schedule",
            paramLabel = "NAME",
            defaultValue = "linear",
            description = "The rate's course after the warm-up: ${COMPLETION-CANDIDATES}.")
    private Course schedule = Course.linear;

    @Option(
            names = "--warmup",
            paramLabel = "SHARE",
            defaultValue = "0.06",
            description = "The share of all steps in which the rate rises, in [0, 1].")
    private double warmup;

    @Option(
            names = "--evaluate-every",
            paramLabel = "N",
            defaultValue = "0",
            description = "Steps between validations; 0 is after each epoch. The end always is.")
    private int evaluateEvery;

    @Option(
            names = "--keep",
            paramLabel = "WHICH",
            defaultValue = "best",
            description =
                    "What is saved where there is validation: ${COMPLETION-CANDIDATES} (best by"
                            + " --best-metric).")
    private Keep keep = Keep.best;

    @Option(
            names = "--best-metric",
            paramLabel = "NAME",
            defaultValue = "loss",
            description = "What the best is judged by: ${COMPLETION-CANDIDATES}.")
    private Measure bestMetric = Measure.loss;

    @Option(
            names = "--patience",
            paramLabel = "N",
            defaultValue = "0",
            description = "Stop after so many validations without improvement; 0 is off.")
    private int patience;

    @Option(
            names = "--seed",
            paramLabel = "SEED",
            defaultValue = "0",
            description = "What new weights, the order of the data and dropout are drawn from.")
    private long seed;

    /** Update rules. */
    enum Rule {
        adamw,
        sgd
    }

    /** Schedules. */
    enum Course {
        linear,
        cosine,
        constant
    }

    /** Which tensors a training ends with. */
    enum Keep {
        best,
        last
    }

    /** Metrics by the names of the report. */
    enum Measure {
        loss,
        accuracy,
        f1_macro,
        mse,
        pearson,
        spearman
    }

    public long seed() {
        return seed;
    }

    /**
     * Returns the configuration.
     *
     * @param validates whether there are validation data
     * @param causal whether a language model trains
     * @throws IllegalArgumentException if a value is out of range
     */
    public LoraTrainingConfig config(boolean validates, boolean causal) {
        if (steps != null && epochs != null) {
            throw new IllegalArgumentException(
                    "both --steps " + steps + " and --epochs " + epochs + "; expected one of them");
        }
        requirePositive("--steps", steps);
        requirePositive("--epochs", epochs);
        if (!validates && (evaluateEvery > 0 || patience > 0)) {
            throw new IllegalArgumentException("--evaluate-every and --patience need --validation");
        }
        LoraTrainingConfig.Builder builder =
                LoraTrainingConfig.builder()
                        .optAccumulation(accumulate)
                        .optOptimizer(
                                optimizer == Rule.adamw ? OptimizerKind.ADAMW : OptimizerKind.SGD)
                        .optLearningRate(rate(causal))
                        .optWeightDecay(weightDecay)
                        .optClipNorm(clip)
                        .optSchedule(schedule(WarmUp.ofRatio(warmup)))
                        .optSeed(seed)
                        .optEvaluateEverySteps(evaluateEvery)
                        .optBestMetric(metric())
                        .optRestoreBest(keep == Keep.best)
                        .optPatience(patience);
        return steps != null
                ? builder.optSteps(steps).build()
                : builder.optEpochs(epochs == null ? DEFAULT_EPOCHS : epochs).build();
    }

    private double rate(boolean causal) {
        if (learningRate != null) {
            return learningRate;
        }
        return causal ? CAUSAL_RATE : LABELLED_RATE;
    }

    public static void requirePositive(String option, @Nullable Integer value) {
        if (value != null && value < 1) {
            throw new IllegalArgumentException(option + " is " + value + "; expected 1 or more");
        }
    }

    private LearningRateSchedule schedule(WarmUp rise) {
        return switch (schedule) {
            case linear -> LearningRateSchedule.linear(rise);
            case cosine -> LearningRateSchedule.cosine(rise);
            case constant -> LearningRateSchedule.constant(rise);
        };
    }

    private Metric metric() {
        return switch (bestMetric) {
            case loss -> Metric.LOSS;
            case accuracy -> Metric.ACCURACY;
            case f1_macro -> Metric.F1_MACRO;
            case mse -> Metric.MSE;
            case pearson -> Metric.PEARSON;
            case spearman -> Metric.SPEARMAN;
        };
    }
}
