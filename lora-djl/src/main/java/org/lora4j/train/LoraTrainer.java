/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.train;

import ai.djl.ndarray.NDManager;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;
import org.lora4j.block.ActiveAdapters;
import org.lora4j.torch.engine.TorchEngine;
import org.lora4j.train.tensors.TrainedTensors;

/**
 * Trains the tensors that a {@link TrainingTask} lists as trainable: an adapter, or every weight.
 *
 * <p>{@link #fit} runs on the calling thread. Any number of trainers may run at once, each on its
 * own thread with its own task; each gives the bits that it gives alone. The same task state, data,
 * configuration and number of threads give the same bits again. {@link #cancel} may be called from
 * any thread; nothing else is thread-safe.
 *
 * @param <B> the kind of batch
 */
public final class LoraTrainer<B extends TrainingBatch> {
    private final TrainingTask<B> task;
    private final BatchSource<B> dataset;
    private final @Nullable BatchSource<B> validation;
    private final LoraTrainingConfig config;
    private final List<TrainingListener> listeners;
    private final TrainingState.Hook hook;
    private final AtomicBoolean cancelled = new AtomicBoolean();
    private final AtomicBoolean used = new AtomicBoolean();
    private volatile @Nullable LoraTrainingResult result;

    private LoraTrainer(Builder<B> builder, BatchSource<B> dataset) {
        task = builder.task;
        this.dataset = dataset;
        validation = builder.validation;
        config = builder.config.build();
        listeners = List.copyOf(builder.listeners);
        hook = builder.hook;
    }

    /** Begins a trainer for a model; the kind of data decides the task. */
    public static ForModel builder(TrainingTask.Provider model) {
        return new ForModel(model);
    }

    /** Returns a builder of a trainer for a task. */
    public static <B extends TrainingBatch> Builder<B> builder(TrainingTask<B> task) {
        return new Builder<>(task);
    }

    /**
     * Trains until all steps are taken, or validation, {@link #cancel} or an interrupt ends it.
     *
     * <p>However it ends, no work is lost: the trained tensors are afterwards those of the best
     * validation, where there was one and the configuration restores it, or else those of the last
     * sound step. That holds when it throws, too; {@link #result} then returns what was done and
     * the step whose tensors they are. For this a copy of the trained tensors is kept beside them,
     * and one more of the best.
     *
     * @return what was done
     * @throws IllegalStateException if there is nothing to train, a tensor cannot be trained, the
     *     loss depends on none of them, the data break their promises, or fit was called before
     * @throws TrainingDivergedException if loss or gradients become NaN or infinite
     */
    public LoraTrainingResult fit() {
        if (used.getAndSet(true)) {
            throw new IllegalStateException(
                    "this trainer was used; build another to train the same task further");
        }
        Listeners notified = new Listeners(listeners);
        LoraTrainingResult done;
        try {
            done = begin(notified);
        } catch (RuntimeException | Error e) {
            notified.failure(e);
            throw e;
        }
        notified.end(done);
        return done;
    }

    /** Trains; when this returns, the model is no longer in training. */
    private LoraTrainingResult begin(Listeners notified) {
        try (ActiveAdapters.Scope training = task.begin()) {
            return train(notified);
        }
    }

    private LoraTrainingResult train(Listeners notified) {
        TrainedTensors tensors = TrainedTensors.of(task.trainable());
        TrainingLoop.Job<B> job =
                new TrainingLoop.Job<>(
                        task, dataset, validation, config, task.advice(), cancelled::get);
        try (NDManager manager = TorchEngine.get().newBaseManager(tensors.device())) {
            manager.setName("lora4j-training");
            return new TrainingLoop<>(job, tensors, manager, notified, hook)
                    .run(end -> result = end);
        } finally {
            task.steps().end();
        }
    }

    /**
     * Returns what {@link #fit} did, also where it threw: then the stop reason is {@link
     * StopReason#DIVERGED} or {@link StopReason#FAILED}. Empty until fit has ended, and where it
     * failed before it could take a step.
     */
    public Optional<LoraTrainingResult> result() {
        return Optional.ofNullable(result);
    }

    /** Ends the training in an orderly way after the current step. */
    public void cancel() {
        cancelled.set(true);
    }

    /** The first step of building a trainer for a model: setting its data. */
    public static final class ForModel {
        private final TrainingTask.Provider model;

        private ForModel(TrainingTask.Provider model) {
            this.model = Objects.requireNonNull(model, "model");
        }

        /**
         * Sets the training data.
         *
         * @throws IllegalStateException if the model is not trained on such data
         */
        public <B extends TrainingBatch> Builder<B> setDataset(BatchSource<B> value) {
            return new Builder<>(model.trainingTask(value.batchType())).setDataset(value);
        }
    }

    /**
     * Builds a {@link LoraTrainer}: a data set, and steps or epochs, must be set. Not thread-safe.
     *
     * @param <B> the kind of batch
     */
    public static final class Builder<B extends TrainingBatch> {
        private final TrainingTask<B> task;
        private final List<TrainingListener> listeners = new ArrayList<>();
        private LoraTrainingConfig.Builder config = LoraTrainingConfig.builder();
        private @Nullable BatchSource<B> dataset;
        private @Nullable BatchSource<B> validation;
        private TrainingState.Hook hook = new TrainingState.Hook() {};

        private Builder(TrainingTask<B> task) {
            this.task = Objects.requireNonNull(task, "task");
        }

        /** Sets the training data. */
        public Builder<B> setDataset(BatchSource<B> value) {
            dataset = value;
            return this;
        }

        /** Sets validation data; epoch 0 of them is used each time. */
        public Builder<B> optValidation(BatchSource<B> value) {
            validation = value;
            return this;
        }

        /** Sets the whole configuration. */
        public Builder<B> optConfig(LoraTrainingConfig value) {
            config = value.toBuilder();
            return this;
        }

        /** Changes the configuration, such as {@code c -> c.optLearningRate(1e-4)}. */
        public Builder<B> optConfig(UnaryOperator<LoraTrainingConfig.Builder> change) {
            config = change.apply(config);
            return this;
        }

        /** Trains for a number of steps; see {@link LoraTrainingConfig.Builder#optSteps}. */
        public Builder<B> optSteps(int value) {
            config.optSteps(value);
            return this;
        }

        /** Trains for a number of epochs; see {@link LoraTrainingConfig.Builder#optEpochs}. */
        public Builder<B> optEpochs(int value) {
            config.optEpochs(value);
            return this;
        }

        /** Adds a listener. */
        public Builder<B> addListener(TrainingListener value) {
            listeners.add(Objects.requireNonNull(value, "listener"));
            return this;
        }

        /** Sees the state between steps. */
        Builder<B> optHook(TrainingState.Hook value) {
            hook = value;
            return this;
        }

        /**
         * Builds the trainer.
         *
         * @throws IllegalArgumentException if the data set is missing, a value of the configuration
         *     is out of range, or patience is asked for without validation data
         */
        public LoraTrainer<B> build() {
            if (dataset == null) {
                throw new IllegalArgumentException("no training data; expected setDataset(...)");
            }
            LoraTrainer<B> trainer = new LoraTrainer<>(this, dataset);
            LoraTrainingConfig built = trainer.config;
            if (validation == null && (built.patience() > 0 || built.evaluateEverySteps() > 0)) {
                throw new IllegalArgumentException(
                        ("patience %d and a validation every %d steps need validation data;"
                                        + " expected optValidation(...)")
                                .formatted(built.patience(), built.evaluateEverySteps()));
            }
            return trainer;
        }
    }
}
