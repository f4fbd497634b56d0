/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.cli.train;

import org.jspecify.annotations.Nullable;
import org.lora4j.train.LearningRateSchedule;
import org.lora4j.train.LoraTrainingConfig;
import org.lora4j.train.OptimizerKind;
import org.lora4j.train.WarmUp;
import org.lora4j.train.metric.Metric;
import org.lora4j.train.optimizer.LoraPlus;
import org.lora4j.train.optimizer.Optimizer;
import picocli.CommandLine.ArgGroup;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** How a training goes. */
public final class TrainingOptions {
    private static final int DEFAULT_EPOCHS = 3;

    @Option(names = "--steps", paramLabel = "N", description = "Optimiser steps to take.")
    private @Nullable Integer steps;

    @Option(
            names = "--epochs",
            paramLabel = "N",
            description = "Passes over the data, instead of --steps; 3 by default.")
    private @Nullable Integer epochs;

    @Option(names = "--accumulate", paramLabel = "N", description = "Batches that make one step.")
    private int accumulate = 1;

    @Option(
            names = "--optimizer",
            paramLabel = "adamw|sgd",
            defaultValue = "adamw",
            description = "The update rule, as in torch.optim.")
    private OptimizerKind optimizer = OptimizerKind.ADAMW;

    @Option(
            names = "--learning-rate",
            paramLabel = "RATE",
            description =
                    "The rate that the schedule starts from. By default 5e-4 (2000/width)^0.781 for"
                            + " hidden states of that width, at most 2e-3; a tenth of it with"
                            + " --method full.")
    private @Nullable Double learningRate;

    @Option(
            names = "--loraplus-lr-ratio",
            paramLabel = "RATIO",
            description =
                    "LoRA+: the rate of B as a multiple of A's, such as 16; biases and other"
                            + " vectors have B's. Choose a lower --learning-rate with it.")
    private @Nullable Double loraPlusRatio;

    @Option(
            names = "--loraplus-lr-embedding",
            paramLabel = "RATE",
            description = "LoRA+: the rate of embeddings' A and B; 1e-6 unless given, as in PEFT.")
    private @Nullable Double loraPlusEmbedding;

    @Option(names = "--weight-decay", paramLabel = "DECAY", description = "Decoupled weight decay.")
    private double weightDecay = 0.01;

    @Option(
            names = "--clip",
            paramLabel = "NORM",
            description = "The largest norm of all gradients together; 0 is off.")
    private double clip = LoraTrainingConfig.DEFAULT_CLIP_NORM;

    @Option(
            names = "--schedule",
            paramLabel = "NAME",
            defaultValue = "linear",
            description = "The rate's course after the warm-up: ${COMPLETION-CANDIDATES}.")
    private Course schedule = Course.linear;

    @ArgGroup private Rise warmUp = new Rise();

    /** How long the rate rises: one way of saying so. */
    static final class Rise {
        @Option(
                names = "--warmup",
                paramLabel = "SHARE",
                description = "The share of all steps in which the rate rises, in [0, 1].")
        private double share = 0.06;

        @Option(
                names = "--warmup-steps",
                paramLabel = "N",
                description = "The number of steps in which the rate rises, instead of --warmup.")
        private @Nullable Integer steps;
    }

    @Option(
            names = "--evaluate-every",
            paramLabel = "N",
            description = "Steps between validations; 0 is after each epoch. The end always is.")
    private int evaluateEvery = 0;

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
            description =
                    "What the best is judged by: loss, accuracy, f1-macro, mse, pearson or"
                            + " spearman; of entities f1, precision or recall.")
    private Metric bestMetric = Metric.LOSS;

    @Option(
            names = "--patience",
            paramLabel = "N",
            description = "Stop after so many validations without improvement; 0 is off.")
    private int patience = 0;

    @Option(
            names = "--seed",
            paramLabel = "SEED",
            description = "What new weights, the order of the data and dropout are drawn from.")
    private long seed = 0;

    @Mixin private RecomputationOptions recomputation = new RecomputationOptions();

    /** The course of the rate after the warm-up. */
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

    public long seed() {
        return seed;
    }

    /**
     * Returns the configuration.
     *
     * @param validates whether there are validation data
     * @throws IllegalArgumentException if a value is out of range
     */
    public LoraTrainingConfig config(boolean validates) {
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
                        .optOptimizer(rule())
                        .optWeightDecay(weightDecay)
                        .optClipNorm(clip)
                        .optSchedule(schedule())
                        .optSeed(seed)
                        .optEvaluateEverySteps(evaluateEvery)
                        .optBestMetric(bestMetric)
                        .optRestoreBest(keep == Keep.best)
                        .optPatience(patience)
                        .optRecomputation(recomputation.choice());
        if (learningRate != null) {
            builder.optLearningRate(learningRate);
        }
        return steps != null
                ? builder.optSteps(steps).build()
                : builder.optEpochs(epochs == null ? DEFAULT_EPOCHS : epochs).build();
    }

    private Optimizer.Factory rule() {
        if (loraPlusRatio == null) {
            if (loraPlusEmbedding != null) {
                throw new IllegalArgumentException(
                        "--loraplus-lr-embedding needs --loraplus-lr-ratio");
            }
            return optimizer;
        }
        return loraPlusEmbedding == null
                ? new LoraPlus(optimizer, loraPlusRatio)
                : new LoraPlus(optimizer, loraPlusRatio, loraPlusEmbedding);
    }

    private LearningRateSchedule schedule() {
        WarmUp rise =
                warmUp.steps == null ? WarmUp.ofRatio(warmUp.share) : WarmUp.ofSteps(warmUp.steps);
        return switch (schedule) {
            case linear -> LearningRateSchedule.linear(rise);
            case cosine -> LearningRateSchedule.cosine(rise);
            case constant -> LearningRateSchedule.constant(rise);
        };
    }

    public static void requirePositive(String option, @Nullable Integer value) {
        if (value != null && value < 1) {
            throw new IllegalArgumentException(option + " is " + value + "; expected 1 or more");
        }
    }
}
