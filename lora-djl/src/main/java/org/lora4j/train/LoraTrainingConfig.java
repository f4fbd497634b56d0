/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.train;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.OptionalDouble;
import org.lora4j.train.checkpoint.TrainingIdentity;
import org.lora4j.train.metric.Metric;
import org.lora4j.train.optimizer.LoraPlus;
import org.lora4j.train.optimizer.Optimizer;
import org.lora4j.train.optimizer.OptimizerSettings;

/**
 * The settings of a training: an immutable value, checked when it is made.
 *
 * @param steps the number of optimiser steps, or 0 to train for {@code epochs}
 * @param epochs the number of passes over the data, or 0 to train for {@code steps}
 * @param accumulation batches whose gradients are added up for one step; groups end with the epoch
 * @param optimizer the update rule: an {@link OptimizerKind} or the caller's own
 * @param learningRate η, from which the schedule makes the rate of each step; empty to take what
 *     the task recommends
 * @param weightDecay λ
 * @param beta1 AdamW's β₁, in [0, 1)
 * @param beta2 AdamW's β₂, in [0, 1)
 * @param eps AdamW's ε
 * @param clipNorm the largest Euclidean norm of all gradients together, above which they are scaled
 *     down to it; 0 is off
 * @param schedule the learning rate of each step
 * @param seed the seed of dropout
 * @param evaluateEverySteps steps between validations; 0 validates after each epoch. The last step
 *     is always validated
 * @param bestMetric the metric by which the best validation is chosen
 * @param restoreBest whether the training ends with the tensors of its best validation instead of
 *     its last step's
 * @param patience validations in a row without improvement after which the training stops; 0 is off
 * @param recomputation which layers are computed again in the backward pass
 */
public record LoraTrainingConfig(
        int steps,
        int epochs,
        int accumulation,
        Optimizer.Factory optimizer,
        OptionalDouble learningRate,
        double weightDecay,
        double beta1,
        double beta2,
        double eps,
        double clipNorm,
        LearningRateSchedule schedule,
        long seed,
        int evaluateEverySteps,
        Metric bestMetric,
        boolean restoreBest,
        int patience,
        Recomputation recomputation) {
    /** The norm to which gradients are clipped unless another is set. */
    public static final double DEFAULT_CLIP_NORM = 1;

    /**
     * Checks every value.
     *
     * @throws IllegalArgumentException naming all values that are out of range
     */
    public LoraTrainingConfig {
        List<String> wrong = new ArrayList<>();
        check(wrong, steps >= 0, "steps", steps, "1 or more, or 0 with epochs");
        check(wrong, epochs >= 0, "epochs", epochs, "1 or more, or 0 with steps");
        if (steps == 0 && epochs == 0) {
            wrong.add("neither steps nor epochs is set; expected one of them");
        }
        if (steps > 0 && epochs > 0) {
            wrong.add("both steps " + steps + " and epochs " + epochs + "; expected one of them");
        }
        check(wrong, accumulation >= 1, "accumulation", accumulation, "1 or more");
        double rate = learningRate.orElse(0);
        check(wrong, isNotNegative(rate), "learning rate", rate, "a number >= 0");
        check(wrong, isNotNegative(weightDecay), "weight decay", weightDecay, "a number >= 0");
        check(wrong, beta1 >= 0 && beta1 < 1, "beta1", beta1, "a number in [0, 1)");
        check(wrong, beta2 >= 0 && beta2 < 1, "beta2", beta2, "a number in [0, 1)");
        check(wrong, isNotNegative(eps), "eps", eps, "a number >= 0");
        check(wrong, isNotNegative(clipNorm), "clip norm", clipNorm, "a number >= 0, 0 for off");
        check(
                wrong,
                evaluateEverySteps >= 0,
                "steps between validations",
                evaluateEverySteps,
                "1 or more, or 0 for each epoch");
        check(wrong, patience >= 0, "patience", patience, "0 or more, 0 for off");
        if (!wrong.isEmpty()) {
            throw new IllegalArgumentException(
                    "training configuration: " + String.join("; ", wrong));
        }
    }

    /** Returns the numbers that the update rule reads. */
    public OptimizerSettings optimizerSettings() {
        return new OptimizerSettings(beta1, beta2, eps, weightDecay, learningRate.orElse(0));
    }

    /**
     * Returns the values by name, in the order of the components, for logs and reports: numbers,
     * truth values and texts, such as {@code learning_rate} 0.001 and {@code schedule} "linear,
     * warm-up ratio 0.06".
     */
    public Map<String, Object> values() {
        Map<String, Object> values = new LinkedHashMap<>();
        if (steps > 0) {
            values.put("steps", steps);
        } else {
            values.put("epochs", epochs);
        }
        values.put("accumulation", accumulation);
        values.put("optimizer", name(optimizer));
        learningRate.ifPresent(rate -> values.put("learning_rate", rate));
        values.put("weight_decay", weightDecay);
        values.put("beta1", beta1);
        values.put("beta2", beta2);
        values.put("eps", eps);
        values.put("clip_norm", clipNorm);
        values.put("schedule", schedule.name());
        values.put("seed", seed);
        values.put("evaluate_every_steps", evaluateEverySteps);
        values.put("best_metric", bestMetric.name());
        values.put("restore_best", restoreBest);
        values.put("patience", patience);
        values.put("recomputation", recomputation.toString());
        return values;
    }

    private static String name(Optimizer.Factory factory) {
        if (factory instanceof LoraPlus plus) {
            return "%s, LoRA+ ratio %s, embeddings at %s"
                    .formatted(name(plus.rule()), plus.ratio(), plus.embeddingRate());
        }
        return factory instanceof OptimizerKind kind
                ? kind.name().toLowerCase(Locale.ROOT)
                : isFunction(factory) ? "a function" : factory.getClass().getName();
    }

    /** Returns these values with a learning rate, if they have none. */
    LoraTrainingConfig withDefaultRate(double rate) {
        return learningRate.isPresent() ? this : toBuilder().optLearningRate(rate).build();
    }

    /** Returns every value by its name; a lambda has another name in each process. */
    TrainingIdentity identity() {
        TrainingIdentity identity = TrainingIdentity.none();
        for (Map.Entry<String, Object> entry : values().entrySet()) {
            String name = entry.getKey().replace('_', ' ');
            if (name.equals("recomputation")) {
                continue; // it changes no bit
            }
            identity = identity.with(name, String.valueOf(entry.getValue()));
        }
        return isFunction(schedule) ? identity.with("schedule", "a function") : identity;
    }

    private static boolean isFunction(Object value) {
        return value.getClass().isHidden() || value.getClass().isSynthetic();
    }

    private static boolean isNotNegative(double value) {
        return value >= 0 && value < Double.POSITIVE_INFINITY;
    }

    private static void check(
            List<String> wrong, boolean right, String name, Number value, String expected) {
        if (!right) {
            wrong.add(name + " " + value + "; expected " + expected);
        }
    }

    /** Returns a builder of which only steps or epochs must be set. */
    public static Builder builder() {
        return new Builder();
    }

    /** Returns a builder that starts from these values. */
    public Builder toBuilder() {
        return new Builder(this);
    }

    /** Builds a {@link LoraTrainingConfig}. Not thread-safe. */
    public static final class Builder {
        private int steps;
        private int epochs;
        private int accumulation = 1;
        private Optimizer.Factory optimizer = OptimizerKind.ADAMW;
        private OptionalDouble learningRate = OptionalDouble.empty();
        private double weightDecay = 0.01;
        private double beta1 = 0.9;
        private double beta2 = 0.999;
        private double eps = 1e-8;
        private double clipNorm = DEFAULT_CLIP_NORM;
        private LearningRateSchedule schedule = LearningRateSchedule.linear(WarmUp.ofRatio(0.06));
        private long seed;
        private int evaluateEverySteps;
        private Metric bestMetric = Metric.LOSS;
        private boolean restoreBest = true;
        private int patience;
        private Recomputation recomputation = Recomputation.none();

        private Builder() {}

        private Builder(LoraTrainingConfig from) {
            steps = from.steps;
            epochs = from.epochs;
            accumulation = from.accumulation;
            optimizer = from.optimizer;
            learningRate = from.learningRate;
            weightDecay = from.weightDecay;
            beta1 = from.beta1;
            beta2 = from.beta2;
            eps = from.eps;
            clipNorm = from.clipNorm;
            schedule = from.schedule;
            seed = from.seed;
            evaluateEverySteps = from.evaluateEverySteps;
            bestMetric = from.bestMetric;
            restoreBest = from.restoreBest;
            patience = from.patience;
            recomputation = from.recomputation;
        }

        /** Trains for a number of optimiser steps, over as many epochs as that takes. */
        public Builder optSteps(int value) {
            steps = value;
            epochs = 0;
            return this;
        }

        /** Trains for a number of passes over the data. */
        public Builder optEpochs(int value) {
            epochs = value;
            steps = 0;
            return this;
        }

        /** Sets how many batches make one step; 1 by default. */
        public Builder optAccumulation(int value) {
            accumulation = value;
            return this;
        }

        /**
         * Sets the update rule: an {@link OptimizerKind}, AdamW by default, or the constructor of
         * an {@link Optimizer}, such as {@code MyOptimizer::new}; or one of these with another rate
         * for B, such as {@code new LoraPlus(OptimizerKind.ADAMW, 16)}.
         */
        public Builder optOptimizer(Optimizer.Factory value) {
            optimizer = value;
            return this;
        }

        /**
         * Sets the learning rate. By default it is what the task recommends, {@link
         * TrainingAdvice#learningRate}.
         */
        public Builder optLearningRate(double value) {
            learningRate = OptionalDouble.of(value);
            return this;
        }

        /** Sets the weight decay; 0.01 by default. */
        public Builder optWeightDecay(double value) {
            weightDecay = value;
            return this;
        }

        /** Sets AdamW's decay rates; 0.9 and 0.999 by default. */
        public Builder optBetas(double first, double second) {
            beta1 = first;
            beta2 = second;
            return this;
        }

        /** Sets AdamW's ε; 1e-8 by default. */
        public Builder optEps(double value) {
            eps = value;
            return this;
        }

        /** Sets the largest norm of the gradients; 1 by default, 0 is off. */
        public Builder optClipNorm(double value) {
            clipNorm = value;
            return this;
        }

        /** Sets the schedule of the learning rate; linear after a warm-up of 6 % by default. */
        public Builder optSchedule(LearningRateSchedule value) {
            schedule = value;
            return this;
        }

        /** Sets the seed; 0 by default. */
        public Builder optSeed(long value) {
            seed = value;
            return this;
        }

        /** Sets the steps between validations; 0, each epoch, by default. */
        public Builder optEvaluateEverySteps(int value) {
            evaluateEverySteps = value;
            return this;
        }

        /** Sets the metric by which the best validation is chosen; the loss by default. */
        public Builder optBestMetric(Metric value) {
            bestMetric = value;
            return this;
        }

        /** Sets whether the best validation's tensors are restored at the end; true by default. */
        public Builder optRestoreBest(boolean value) {
            restoreBest = value;
            return this;
        }

        /** Sets after how many validations without improvement to stop; 0, off, by default. */
        public Builder optPatience(int value) {
            patience = value;
            return this;
        }

        /** Sets which layers are computed again in the backward pass; none by default. */
        public Builder optRecomputation(Recomputation value) {
            recomputation = value;
            return this;
        }

        /**
         * Builds the configuration.
         *
         * @throws IllegalArgumentException naming all values that are out of range
         */
        public LoraTrainingConfig build() {
            return new LoraTrainingConfig(
                    steps,
                    epochs,
                    accumulation,
                    optimizer,
                    learningRate,
                    weightDecay,
                    beta1,
                    beta2,
                    eps,
                    clipNorm,
                    schedule,
                    seed,
                    evaluateEverySteps,
                    bestMetric,
                    restoreBest,
                    patience,
                    recomputation);
        }
    }
}
