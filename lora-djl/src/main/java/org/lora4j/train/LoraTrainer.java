/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.train;

import ai.djl.ndarray.NDManager;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;
import org.lora4j.block.ActiveAdapters;
import org.lora4j.torch.TorchThreads;
import org.lora4j.torch.engine.TorchEngine;
import org.lora4j.train.checkpoint.OnDivergence;
import org.lora4j.train.checkpoint.Resume;
import org.lora4j.train.checkpoint.ResumeRefusedException;
import org.lora4j.train.checkpoint.TrainingIdentity;
import org.lora4j.train.state.CheckpointPlan;
import org.lora4j.train.state.Checkpointing;
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
    private final CheckpointPlan checkpoints;
    private final TrainingIdentity identity;
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
        checkpoints = builder.checkpoints();
        identity = builder.identity;
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
     * <p>With {@link Builder#optCheckpoints}, the state is on disk when this returns without an
     * exception, and {@link Builder#optResume} goes on from it, also after the process was killed.
     *
     * @return what was done
     * @throws ResumeRefusedException if it is to go on from a checkpoint of another training
     * @throws java.io.UncheckedIOException if the checkpoint to go on from cannot be read, or
     *     another training uses the directory
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
                        task,
                        dataset,
                        validation,
                        config,
                        task.advice(),
                        checkpoints.onDivergence(),
                        cancelled::get);
        try (NDManager manager = TorchEngine.get().newBaseManager(tensors.device());
                Checkpointing saves = open(job, manager, notified)) {
            manager.setName("lora4j-training");
            TrainingLoop.Watch watch = new TrainingLoop.Watch(notified, hook, saves);
            return new TrainingLoop<>(job, tensors, manager, watch).run(end -> result = end);
        } finally {
            task.steps().end();
        }
    }

    private @Nullable Checkpointing open(
            TrainingLoop.Job<B> job, NDManager manager, Listeners notified) {
        if (checkpoints.directory() == null) {
            return null;
        }
        return Checkpointing.open(checkpoints, origin(job), manager, notified::checkpoint);
    }

    private Checkpointing.Origin origin(TrainingLoop.Job<B> job) {
        TrainingIdentity all =
                identity.withAll(
                                "",
                                job.config()
                                        .withDefaultRate(job.advice().learningRate())
                                        .identity())
                        .withAll("", task.identity())
                        .withAll("training data", dataset.identity());
        if (validation != null) {
            all = all.withAll("validation data", validation.identity());
        }
        Map<String, String> surroundings =
                Map.of(
                        "threads", String.valueOf(TorchThreads.get()),
                        "engine", TorchEngine.get().getVersion(),
                        "Java", String.valueOf(Runtime.version().feature()));
        return new Checkpointing.Origin(all, surroundings);
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
        private TrainingIdentity identity = TrainingIdentity.none();
        private @Nullable Path directory;
        private int saveEverySteps;
        private @Nullable Duration saveEvery;
        private int keepCheckpoints = CheckpointPlan.NONE.keep();
        private Resume resume = Resume.never();
        private OnDivergence onDivergence = OnDivergence.STOP;

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

        /**
         * Saves the state of the training into a directory now and then, and when it ends without
         * an exception: {@code step-N} each. Another thread writes what the training's has copied.
         * A checkpoint is whole or not there, and one that cannot be written is logged: the one
         * before it stays and the training goes on.
         *
         * @param value the directory, made where there is none; no other training may use it
         *     meanwhile
         */
        public Builder<B> optCheckpoints(Path value) {
            directory = value;
            return this;
        }

        /**
         * Sets the steps between two checkpoints; with a duration too, whichever comes first. By
         * default ten minutes pass.
         */
        public Builder<B> optSaveEvery(int steps) {
            saveEverySteps = steps;
            return this;
        }

        /** Sets the time between two checkpoints. */
        public Builder<B> optSaveEvery(Duration value) {
            saveEvery = value;
            return this;
        }

        /** Sets how many checkpoints stay, the latest; 2 by default, 0 keeps all. */
        public Builder<B> optKeepCheckpoints(int value) {
            keepCheckpoints = value;
            return this;
        }

        /**
         * Sets what becomes of checkpoints that are there: with {@link Resume#auto} the training
         * goes on from the latest with the bits that it would have had, or begins where there is
         * none. By default it refuses a directory with checkpoints.
         */
        public Builder<B> optResume(Resume value) {
            resume = value;
            return this;
        }

        /**
         * Sets what happens when the loss or the gradients become NaN or infinite; by default the
         * training ends.
         */
        public Builder<B> optOnDivergence(OnDivergence value) {
            onDivergence = value;
            return this;
        }

        /**
         * Adds what the result depends on and the library does not know, such as the version of
         * data that are not in a file: a training goes on only from checkpoints with the same.
         */
        public Builder<B> optIdentity(String name, String value) {
            identity = identity.with(name, value);
            return this;
        }

        private CheckpointPlan checkpoints() {
            return new CheckpointPlan(
                    directory, saveEverySteps, saveEvery, keepCheckpoints, resume, onDivergence);
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
