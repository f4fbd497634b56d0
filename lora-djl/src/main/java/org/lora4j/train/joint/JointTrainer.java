/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.train.joint;

import java.util.ArrayList;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.BiConsumer;
import org.jspecify.annotations.Nullable;
import org.lora4j.train.BatchSource;
import org.lora4j.train.LoraTrainingConfig;
import org.lora4j.train.LoraTrainingResult;
import org.lora4j.train.StopReason;
import org.lora4j.train.TrainingBatch;
import org.lora4j.train.ValidationInfo;
import org.lora4j.train.metric.MetricTally;

/**
 * Trains several adapters of one model at once, each on its own data and with its own
 * configuration: the steps of all run through the base together. An adapter gets the losses and
 * tensors that a {@link org.lora4j.train.LoraTrainer} would give it alone, but for rounding.
 *
 * <p>Each adapter is validated once, at the end of its training. Early stopping, validations in
 * between and checkpoints are not offered here. An adapter whose loss or gradients become NaN or
 * infinite ends with {@link StopReason#DIVERGED} and the tensors from before its last update; the
 * others go on.
 *
 * <p>{@link #fit} runs on the calling thread; {@link #cancel} may be called from any.
 *
 * @param <B> the kind of batch
 */
public final class JointTrainer<B extends TrainingBatch> {
    private final JointModel model;
    private final Map<String, Job<B>> jobs;
    private final Class<B> kind;
    private final BiConsumer<String, Step> listener;
    private final AtomicBoolean cancelled = new AtomicBoolean();

    /**
     * What an adapter learns from.
     *
     * @param dataset its data
     * @param validation measured at the end, or null
     * @param config how it is trained
     */
    public record Job<B extends TrainingBatch>(
            BatchSource<B> dataset,
            @Nullable BatchSource<B> validation,
            LoraTrainingConfig config) {
        /**
         * Checks the configuration.
         *
         * @throws IllegalArgumentException if it asks for what is not offered here
         */
        public Job {
            if (config.patience() > 0 || config.evaluateEverySteps() > 0) {
                throw new IllegalArgumentException(
                        "patience and validations every few steps are not for several adapters at"
                                + " once, which are validated at the end; expected neither");
            }
        }
    }

    /**
     * A step of one adapter.
     *
     * @param number the step, from 1
     * @param of how many
     * @param loss the mean loss before its update
     * @param gradientNorm the norm of its gradients before clipping
     */
    public record Step(int number, int of, double loss, double gradientNorm) {}

    private JointTrainer(Builder<B> builder) {
        model = builder.model;
        kind = builder.kind;
        jobs = new LinkedHashMap<>(builder.jobs);
        listener = builder.listener;
    }

    /**
     * Begins a trainer.
     *
     * @param model the model, which has the adapters
     * @param kind the kind of batch
     */
    public static <B extends TrainingBatch> Builder<B> builder(JointModel model, Class<B> kind) {
        return new Builder<>(model, kind);
    }

    /** Ends all trainings after the current step. */
    public void cancel() {
        cancelled.set(true);
    }

    /**
     * Trains until each adapter has had its steps.
     *
     * @return what was done, by the adapters' names
     * @throws IllegalStateException if another training has one of the adapters, or data break
     *     their promises
     */
    public Map<String, LoraTrainingResult> fit() {
        Map<String, LoraTrainingConfig> configs = new LinkedHashMap<>();
        jobs.forEach((name, job) -> configs.put(name, job.config()));
        Map<String, LoraTrainingResult> results = new LinkedHashMap<>();
        try (JointTraining<B> training = JointTraining.begin(model, kind, configs)) {
            Map<String, Run> runs = new LinkedHashMap<>();
            jobs.forEach((name, job) -> runs.put(name, new Run(name, job, training)));
            List<Run> left = new ArrayList<>(runs.values());
            while (!left.isEmpty()) {
                step(left, training);
                left.removeIf(Run::hasEnded);
                if (cancelled.get() || Thread.currentThread().isInterrupted()) {
                    StopReason reason =
                            cancelled.get() ? StopReason.CANCELLED : StopReason.INTERRUPTED;
                    left.forEach(run -> run.end(reason));
                    left.clear();
                }
            }
            runs.forEach((name, run) -> results.put(name, run.result()));
        }
        return results;
    }

    private void step(List<Run> left, JointTraining<B> training) {
        left.forEach(Run::next);
        int rounds = left.stream().mapToInt(run -> run.group.size()).max().orElse(0);
        for (int round = 0; round < rounds; round++) {
            Map<String, B> batches = new LinkedHashMap<>();
            for (Run run : left) {
                if (round < run.group.size()) {
                    batches.put(run.name, run.group.get(round));
                }
            }
            training.forwardBackward(batches, name -> terms(left, name))
                    .forEach((name, loss) -> named(left, name).loss += loss);
        }
        left.forEach(Run::update);
    }

    private long terms(List<Run> left, String name) {
        return named(left, name).terms;
    }

    private Run named(List<Run> left, String name) {
        return left.stream().filter(run -> run.name.equals(name)).findFirst().orElseThrow();
    }

    /** The training of one adapter. */
    private final class Run {
        final String name;
        private final Job<B> job;
        private final JointTraining<B> training;
        private final int totalSteps;
        private final long start = System.nanoTime();
        private final List<Double> lossByStep = new ArrayList<>();
        private final List<Double> lossByEpoch = new ArrayList<>();
        private @Nullable Iterator<B> batches;
        private int epoch;
        private double epochLoss;
        private long epochTerms;
        private long examples;
        private long tokens;
        private int restored = -1;
        private double seconds;
        private @Nullable StopReason reason;
        List<B> group = List.of();
        long terms;
        double loss;

        Run(String name, Job<B> job, JointTraining<B> training) {
            this.name = name;
            this.job = job;
            this.training = training;
            totalSteps = job.config().steps() > 0 ? job.config().steps() : stepsOfEpochs();
        }

        private int stepsOfEpochs() {
            int accumulation = job.config().accumulation();
            long all = 0;
            for (int i = 0; i < job.config().epochs(); i++) {
                all += (job.dataset().batchesPerEpoch(i) + accumulation - 1L) / accumulation;
            }
            return Math.toIntExact(all);
        }

        /** Takes the batches of the next step. */
        void next() {
            Iterator<B> open = batches;
            if (open == null) {
                open = job.dataset().epoch(epoch).iterator();
                batches = open;
            }
            List<B> next = new ArrayList<>();
            while (next.size() < job.config().accumulation() && open.hasNext()) {
                next.add(open.next());
            }
            group = next;
            loss = 0;
            terms = next.stream().mapToLong(TrainingBatch::count).sum();
            if (terms < 1) {
                throw new IllegalStateException(
                        "the data of adapter \"%s\" give no loss terms in step %d; leave examples of which nothing is learnt out"
                                .formatted(name, lossByStep.size() + 1));
            }
        }

        void update() {
            int step = lossByStep.size();
            double rate = job.config().schedule().rate(step, totalSteps, training.rate(name));
            double norm = training.optimStep(name, rate);
            if (!Double.isFinite(norm) || !Double.isFinite(loss)) {
                restored = training.restoreSound(name);
                end(StopReason.DIVERGED);
                return;
            }
            lossByStep.add(loss);
            epochLoss += loss * terms;
            epochTerms += terms;
            group.forEach(
                    batch -> {
                        examples += batch.size();
                        tokens += batch.tokens();
                    });
            if (!Objects.requireNonNull(batches).hasNext()) {
                endEpoch();
            }
            listener.accept(name, new Step(step + 1, totalSteps, loss, norm));
            if (step + 1 >= totalSteps) {
                end(StopReason.COMPLETED);
            }
        }

        private void endEpoch() {
            lossByEpoch.add(epochLoss / epochTerms);
            epochLoss = 0;
            epochTerms = 0;
            epoch++;
            batches = null;
        }

        void end(StopReason why) {
            reason = why;
            seconds = (System.nanoTime() - start) / 1e9;
        }

        boolean hasEnded() {
            return reason != null;
        }

        LoraTrainingResult result() {
            if (epochTerms > 0) {
                lossByEpoch.add(epochLoss / epochTerms);
            }
            int steps = restored < 0 ? lossByStep.size() : restored;
            List<ValidationInfo> validations = new ArrayList<>();
            BatchSource<B> data = job.validation();
            if (data != null && reason == StopReason.COMPLETED) {
                MetricTally tally = new MetricTally(job.config().bestMetric());
                data.epoch(0).forEach(batch -> training.evaluate(name, batch).addTo(tally));
                validations.add(new ValidationInfo(steps, epoch, tally.metrics(), true));
            }
            return new LoraTrainingResult(
                    lossByStep.size(),
                    examples,
                    tokens,
                    seconds,
                    lossByStep,
                    lossByEpoch,
                    validations,
                    steps,
                    Objects.requireNonNull(reason));
        }
    }

    /**
     * Builds a trainer: at least one adapter must be added. Not thread-safe.
     *
     * @param <B> the kind of batch
     */
    public static final class Builder<B extends TrainingBatch> {
        private final JointModel model;
        private final Class<B> kind;
        private final Map<String, Job<B>> jobs = new LinkedHashMap<>();
        private BiConsumer<String, Step> listener = (adapter, step) -> {};

        private Builder(JointModel model, Class<B> kind) {
            this.model = model;
            this.kind = kind;
        }

        /**
         * Adds an adapter of the model.
         *
         * @param adapter its name
         * @param job what it learns from, and how
         * @throws IllegalArgumentException if it was added before
         */
        public Builder<B> add(String adapter, Job<B> job) {
            if (jobs.putIfAbsent(adapter, job) != null) {
                throw new IllegalArgumentException(
                        "adapter \"%s\" is added twice; expected one job for each"
                                .formatted(adapter));
            }
            return this;
        }

        /** Sets what is told of each adapter's steps. */
        public Builder<B> optListener(BiConsumer<String, Step> value) {
            listener = value;
            return this;
        }

        /**
         * Builds the trainer.
         *
         * @throws IllegalArgumentException if there is no adapter
         */
        public JointTrainer<B> build() {
            if (jobs.isEmpty()) {
                throw new IllegalArgumentException("no adapters to train; expected add(...)");
            }
            return new JointTrainer<>(this);
        }
    }
}
