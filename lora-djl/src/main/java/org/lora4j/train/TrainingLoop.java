/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.train;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import com.google.gson.JsonObject;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.function.BooleanSupplier;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.lora4j.torch.GradMode;
import org.lora4j.train.GradientStep.Outcome;
import org.lora4j.train.checkpoint.OnDivergence;
import org.lora4j.train.event.StepEvent;
import org.lora4j.train.event.ValidationEvent;
import org.lora4j.train.metric.EvaluationMetrics;
import org.lora4j.train.metric.Metric;
import org.lora4j.train.metric.MetricTally;
import org.lora4j.train.state.Checkpointing;
import org.lora4j.train.state.ResumableState;
import org.lora4j.train.state.StateJson;
import org.lora4j.train.state.UsedBatches;
import org.lora4j.train.tensors.SoundTensors;
import org.lora4j.train.tensors.TrainedTensors;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Steps and validations, from the {@link TrainingState} at hand to the end of the training. Besides
 * the state it holds only what can be recreated: the open epoch, and the tensors to restore after a
 * step that fails.
 */
final class TrainingLoop<B extends TrainingBatch> implements ResumableState {
    private static final Logger LOGGER = LoggerFactory.getLogger(TrainingLoop.class);
    private static final int SHOWN_EXAMPLES = 64;
    private static final int MOST_ROLLBACKS = 5;
    private static final double ROLLBACK_FACTOR = 0.5;

    private final Job<B> job;
    private final LoraTrainingConfig config;
    private final NDManager manager;
    private final Listeners listeners;
    private final TrainingState.Hook hook;
    private final @Nullable Checkpointing checkpoints;
    private final int totalSteps;
    private final TrainingState state;
    private final GradientStep<B> gradients;
    private final SoundTensors sound;
    private List<B> previous = List.of();
    private @Nullable Iterator<B> batches;
    private int promisedBatches;
    private UsedBatches used = UsedBatches.NONE;
    private Map<String, String> resumedMarks = Map.of();

    /**
     * What to train, on what, and how.
     *
     * @param config as the caller set it
     * @param advice what the task recommends for what the caller left open
     * @param onDivergence what a divergence does
     * @param cancelled whether the training should end after the step that it is at
     */
    record Job<B extends TrainingBatch>(
            TrainingTask<B> task,
            BatchSource<B> dataset,
            @Nullable BatchSource<B> validation,
            LoraTrainingConfig config,
            TrainingAdvice advice,
            OnDivergence onDivergence,
            BooleanSupplier cancelled) {}

    /**
     * What looks on.
     *
     * @param listeners are told of each step
     * @param hook sees the state after each step
     * @param checkpoints saves the state and restores it, if that is asked for
     */
    record Watch(
            Listeners listeners, TrainingState.Hook hook, @Nullable Checkpointing checkpoints) {}

    TrainingLoop(Job<B> job, TrainedTensors tensors, NDManager manager, Watch watch) {
        this.job = job;
        this.manager = manager;
        listeners = watch.listeners();
        hook = watch.hook();
        checkpoints = watch.checkpoints();
        config = job.config().withDefaultRate(job.advice().learningRate());
        totalSteps = config.steps() > 0 ? config.steps() : stepsOfEpochs();
        state = new TrainingState(config, tensors, manager);
        gradients = new GradientStep<>(job.task(), tensors, config, manager);
        sound = new SoundTensors(tensors, manager);
    }

    private int stepsOfEpochs() {
        long all = 0;
        for (int epoch = 0; epoch < config.epochs(); epoch++) {
            long ofEpoch = job.dataset().batchesPerEpoch(epoch);
            all += (ofEpoch + config.accumulation() - 1) / config.accumulation();
        }
        return Math.toIntExact(all);
    }

    /**
     * Trains.
     *
     * @param results gets the result, also if this throws
     */
    LoraTrainingResult run(Consumer<LoraTrainingResult> results) {
        boolean resumed = checkpoints != null && checkpoints.resume(this);
        listeners.start(
                new TrainingStart(
                        config, totalSteps, state.steps(), state.tensors().size(), settings()));
        if (resumed) {
            tellResumed();
        } else if (checkpoints != null) {
            checkpoints.saveBeginning(this);
        }
        job.advice().warnings().forEach(LOGGER::warn);
        hook.onBegin(state);
        try {
            StopReason reason = takeSteps();
            if (checkpoints != null && state.steps() > 0) {
                state.pauseClock();
                checkpoints.saveNow(this);
            }
            LoraTrainingResult result = result(state.restoreBest(), reason);
            results.accept(result);
            return result;
        } catch (TrainingDivergedException e) {
            results.accept(result(e.restoredStep(), StopReason.DIVERGED));
            throw e;
        } catch (RuntimeException | Error e) {
            results.accept(result(restoredAfter(e), StopReason.FAILED));
            throw e;
        }
    }

    private List<TrainingStart.Setting> settings() {
        boolean given = job.config().learningRate().isPresent();
        boolean usual = config.clipNorm() == LoraTrainingConfig.DEFAULT_CLIP_NORM;
        return List.of(
                new TrainingStart.Setting(
                        "learning rate",
                        String.format(Locale.ROOT, "%.3g", learningRate()),
                        given ? "as set" : job.advice().reason()),
                new TrainingStart.Setting(
                        "clip norm",
                        config.clipNorm() == 0 ? "off" : String.valueOf(config.clipNorm()),
                        usual ? "the default" : "as set"));
    }

    private double learningRate() {
        return config.learningRate().orElseThrow();
    }

    private LoraTrainingResult result(int restoredStep, StopReason reason) {
        state.pauseClock();
        return state.result(restoredStep, reason);
    }

    private StopReason takeSteps() {
        requireMetric();
        while (true) {
            try {
                return stepsFromHere();
            } catch (TrainingDivergedException e) {
                rollBack(e);
            }
        }
    }

    private StopReason stepsFromHere() {
        StopReason reason = state.steps() > 0 ? reasonToStop() : requestedStop();
        if (state.validationDue() > 0) {
            reason = validate(reason);
        }
        state.startClock();
        while (reason == null) {
            reason = step();
            hook.onStep(state);
            if (checkpoints != null) {
                checkpoints.afterStep(this);
            }
        }
        if (state.steps() > 0 && !state.hasBest() && !state.tensors().isFinite()) {
            throw brokenByLastStep();
        }
        return reason;
    }

    /** Goes back to the latest checkpoint and halves the rate, or throws. */
    private void rollBack(TrainingDivergedException divergence) {
        int rollbacks = state.rollbacks() + 1;
        if (job.onDivergence() != OnDivergence.ROLLBACK
                || rollbacks > MOST_ROLLBACKS
                || checkpoints == null
                || !checkpoints.rollBack(this, divergence.step())) {
            throw divergence;
        }
        state.setRollbacks(rollbacks);
        previous = List.of();
        LOGGER.warn(
                "diverged at step {}; going on after step {} with {} of the learning rate: {}",
                divergence.step(),
                state.steps(),
                factor(),
                divergence.getMessage());
        tellResumed();
    }

    private void tellResumed() {
        listeners.resume(state.steps(), resumedMarks, state.rollbacks());
    }

    private double factor() {
        return Math.pow(ROLLBACK_FACTOR, state.rollbacks());
    }

    @Override
    public int steps() {
        return state.steps();
    }

    @Override
    public long moment() {
        return 2L * state.steps() + (state.validationDue() > 0 ? 0 : 1);
    }

    @Override
    public Copy copy(NDManager owner) {
        TrainingState.Snapshot snapshot = state.snapshot(owner);
        UsedBatches now = used.at(batches == null ? "" : job.dataset().place(batches));
        Map<String, String> marks = listeners.marks();
        String notes = job.task().notes();
        return new Copy(
                snapshot.progress().steps(),
                () -> StateJson.write(snapshot.progress().toJson(), now, marks, notes),
                snapshot.tensors());
    }

    @Override
    public void restore(JsonObject numbers, Map<String, NDArray> tensors, Check check) {
        StateJson json = StateJson.read(numbers);
        TrainingState.Progress progress = TrainingState.Progress.of(json.progress());
        batches = null;
        used = UsedBatches.NONE;
        if (progress.batches() > 0) {
            reopen(progress, json.used(), check);
            if (batches != null
                    && !batches.hasNext()) { // shorter data, of which a force made light
                progress.endEpoch();
                batches = null;
                used = UsedBatches.NONE;
            }
        }
        state.restore(new TrainingState.Snapshot(progress, tensors));
        job.task().restore(json.notes());
        resumedMarks = json.marks();
    }

    /** Opens the epoch after the batches that were used, and compares these where it reads them. */
    private void reopen(TrainingState.Progress progress, UsedBatches before, Check check) {
        int epoch = progress.epoch();
        BatchSource<B> data = job.dataset();
        int promised = promised(epoch);
        promisedBatches = promised;
        if (before.promised() >= 0 && promised >= 0 && before.promised() != promised) {
            check.differ(
                    List.of(
                            "epoch %d of the training data has %d batches, and had %d"
                                    .formatted(epoch, promised, before.promised())));
            promisedBatches = -1; // those that were used count as they were
        }
        if (!before.place().isEmpty()) {
            batches = data.from(epoch, before.place());
            used = before;
            return;
        }
        Iterator<B> open = data.epoch(epoch).iterator();
        UsedBatches read = new UsedBatches("", "", promised);
        for (int i = 0; i < progress.batches() && open.hasNext(); i++) {
            read = read.with(open.next()::addTo);
        }
        if (!read.hash().equals(before.hash())) {
            check.differ(
                    List.of(
                            ("the %d batches of epoch %d that were used are not those that the"
                                            + " training data give now")
                                    .formatted(progress.batches(), epoch)));
        }
        batches = open;
        used = read;
    }

    private int promised(int epoch) {
        BatchSource<B> data = job.dataset();
        boolean counted = config.steps() == 0 || data.isCounted();
        return counted ? data.batchesPerEpoch(epoch) : -1;
    }

    /** Returns why the training must end now if it was cancelled or interrupted, else null. */
    private @Nullable StopReason requestedStop() {
        if (job.cancelled().getAsBoolean()) {
            return StopReason.CANCELLED;
        }
        return Thread.currentThread().isInterrupted() ? StopReason.INTERRUPTED : null;
    }

    /** Takes a step and the validation that it makes due; returns why the training ends with it. */
    private @Nullable StopReason step() {
        double begin = state.seconds();
        StepEvent event = new StepEvent();
        event.begin();
        Iterator<B> open = openEpoch();
        List<B> group = nextGroup(open);
        boolean last = !open.hasNext();
        requirePromise(state.epoch(), state.batches() + group.size(), last);
        StepInfo taken = update(group, last, begin);
        listeners.step(taken, event);
        if (last) {
            batches = null;
            used = UsedBatches.NONE;
        } else if (checkpoints != null) {
            group.forEach(batch -> used = used.with(batch::addTo));
        }
        return state.validationDue() > 0 ? validate(reasonToStop()) : reasonToStop();
    }

    /** Returns why no further step is taken, or null. */
    private @Nullable StopReason reasonToStop() {
        if (state.steps() >= totalSteps) {
            return StopReason.COMPLETED;
        }
        return state.isOutOfPatience() ? StopReason.EARLY_STOPPED : requestedStop();
    }

    /** Returns the batches of the pass that come next. */
    private Iterator<B> openEpoch() {
        if (batches != null) {
            return batches;
        }
        Iterator<B> open = job.dataset().epoch(state.epoch()).iterator();
        promisedBatches = promised(state.epoch());
        for (int i = 0; i < state.batches(); i++) {
            if (!open.hasNext()) {
                requirePromise(state.epoch(), i, true);
            }
            open.next();
        }
        used = new UsedBatches("", "", promisedBatches);
        batches = open;
        return open;
    }

    private List<B> nextGroup(Iterator<B> open) {
        List<B> group = new ArrayList<>();
        while (group.size() < config.accumulation() && open.hasNext()) {
            group.add(open.next());
        }
        return group;
    }

    private void requirePromise(int epoch, int given, boolean last) {
        int promised = promisedBatches < 0 ? Math.max(1, given) : promisedBatches;
        if (given == 0 && last && promisedBatches < 1) {
            throw new IllegalStateException(
                    "the training data are empty; expected at least one batch");
        }
        if (promised < 1 || given > promised || (last && given < promised)) {
            throw new IllegalStateException(
                    ("epoch %d of the training data promised %d batches and gave %s; "
                                    + "expected as many as promised, and at least one")
                            .formatted(
                                    epoch,
                                    promised,
                                    given > promised ? given + " or more" : given));
        }
    }

    private StepInfo update(List<B> group, boolean last, double begin) {
        int step = state.steps();
        double rate = rate(step);
        Outcome outcome =
                gradients.run(
                        group,
                        step,
                        found ->
                                sound.update(
                                        step,
                                        () -> state.optimizer().update(found, step + 1, rate)));
        if (!outcome.isFinite()) {
            throw diverged(outcome);
        }
        int examples = group.stream().mapToInt(TrainingBatch::size).sum();
        long tokens = group.stream().mapToLong(TrainingBatch::tokens).sum();
        if (step == 0) {
            warnOfFirstStep(examples, tokens, outcome.gradientNorm());
        }
        int epoch = state.epoch() + 1;
        state.stepTaken(group, outcome.loss(), last, isValidationDue(step + 1, last));
        previous = group;
        double seconds = state.seconds();
        return new StepInfo(
                step + 1,
                totalSteps,
                epoch,
                outcome.loss(),
                rate,
                outcome.gradientNorm(),
                examples,
                tokens,
                seconds - begin,
                state.examples() / seconds,
                seconds / (step + 1) * (totalSteps - (step + 1)));
    }

    private void warnOfFirstStep(int examples, long tokens, double gradientNorm) {
        if (gradientNorm == 0) {
            LOGGER.warn(
                    "all gradients of the first step are zero; if this goes on, nothing is learnt");
        }
        int large = job.advice().largeBatch();
        if (large > 0 && examples >= large && tokens >= job.advice().largeTokens()) {
            LOGGER.warn(
                    "a step has {} examples: from about {} on, adapters learn less from the same"
                            + " data than full fine-tuning does; consider a smaller batch or less"
                            + " accumulation",
                    examples,
                    large);
        }
    }

    private double rate(int step) {
        double rate = config.schedule().rate(step, totalSteps, learningRate()) * factor();
        if (!(rate >= 0 && rate < Double.POSITIVE_INFINITY)) {
            throw new IllegalStateException(
                    ("the schedule gives the learning rate %s for step %d of %d; "
                                    + "expected a finite number, 0 or more")
                            .formatted(rate, step + 1, totalSteps));
        }
        return rate;
    }

    private boolean isValidationDue(int step, boolean epochEnds) {
        int every = config.evaluateEverySteps();
        return job.validation() != null
                && (step == totalSteps || (every > 0 ? step % every == 0 : epochEnds));
    }

    /** Does the validation that is due, unless the training ends early; returns why it ends now. */
    private @Nullable StopReason validate(@Nullable StopReason reason) {
        if (reason != null && reason != StopReason.COMPLETED) {
            return reason;
        }
        state.pauseClock();
        ValidationEvent event = new ValidationEvent();
        event.begin();
        EvaluationMetrics metrics = evaluate();
        if (metrics == null) {
            return reason == null ? requestedStop() : reason;
        }
        ValidationInfo found = state.validated(metrics);
        event.step = found.step();
        event.loss = metrics.loss();
        event.best = found.best();
        event.commit();
        listeners.validation(found);
        state.startClock();
        return reason == null && state.isOutOfPatience() ? StopReason.EARLY_STOPPED : reason;
    }

    /** Returns the metrics, or null if the training was told to stop meanwhile. */
    private @Nullable EvaluationMetrics evaluate() {
        MetricTally tally = new MetricTally(config.bestMetric());
        for (B batch : validation().epoch(0)) {
            if (requestedStop() != null) {
                return null;
            }
            evaluate(batch).addTo(tally);
        }
        return tally.metrics();
    }

    private Evaluation evaluate(B batch) {
        try (NDManager scope = manager.newSubManager();
                GradMode off = GradMode.off()) {
            return job.task().evaluate(scope, batch);
        }
    }

    private BatchSource<B> validation() {
        return Objects.requireNonNull(job.validation());
    }

    /**
     * Evaluates one batch, so that a metric that the task lacks is refused now and not after an
     * epoch.
     */
    private void requireMetric() {
        if (job.validation() == null) {
            return;
        }
        Iterator<B> data = validation().epoch(0).iterator();
        if (!data.hasNext()) {
            throw new IllegalStateException(
                    "the validation data are empty; expected at least one batch");
        }
        Metric metric = config.bestMetric();
        MetricTally tally = new MetricTally(metric);
        evaluate(data.next()).addTo(tally);
        if (tally.metrics().value(metric).isEmpty()) {
            throw new IllegalStateException(
                    ("the task's validation gives no %s, by which the best is to be "
                                    + "chosen; choose a metric that it gives, such as loss")
                            .formatted(metric));
        }
    }

    private TrainingDivergedException diverged(Outcome outcome) {
        List<Integer> places = outcome.suspects();
        boolean validated = state.hasBest();
        int restored =
                validated ? state.restoreBest() : sound.restoreUnless(state.steps(), this::isSound);
        int shown = Math.min(SHOWN_EXAMPLES, places.size());
        return new TrainingDivergedException(
                ("training diverged at step %d of %d: loss %s, gradient norm %s; "
                                + "the batch has the examples %s%s (counted from 0). The step was "
                                + "not taken. %s. Look at these examples, or try a lower learning "
                                + "rate or a clip norm")
                        .formatted(
                                state.steps() + 1,
                                totalSteps,
                                outcome.loss(),
                                outcome.gradientNorm(),
                                places.subList(0, shown),
                                shown < places.size()
                                        ? " and " + (places.size() - shown) + " more"
                                        : "",
                                kept(restored, validated)),
                state.steps() + 1,
                restored,
                places);
    }

    /**
     * Returns the exception for tensors that the last step broke, which no further step would
     * detect.
     */
    private TrainingDivergedException brokenByLastStep() {
        int restored = sound.restoreUnless(state.steps(), () -> false);
        return new TrainingDivergedException(
                ("training diverged at step %d of %d, the last that was taken: its update made the"
                     + " tensors NaN, infinite or too large to square. %s. Try a lower learning"
                     + " rate or a clip norm")
                        .formatted(state.steps(), totalSteps, kept(restored, false)),
                state.steps(),
                restored,
                List.of());
    }

    private static String kept(int step, boolean validated) {
        if (validated) {
            return "The tensors are those of the best validation, after step " + step;
        }
        return step == 0
                ? "The tensors are as they were before the training"
                : "The tensors are those after step " + step + ", the last sound ones";
    }

    /** Whether the present tensors give finite numbers where those before the last update did. */
    private boolean isSound() {
        return previous.isEmpty()
                || gradients.run(previous, state.steps() - 1, found -> {}).isFinite();
    }

    /** Restores sound tensors after any exception but divergence. */
    private int restoredAfter(Throwable failure) {
        try {
            return state.hasBest()
                    ? state.restoreBest()
                    : sound.restoreUnless(state.steps(), () -> true);
        } catch (RuntimeException | Error e) {
            failure.addSuppressed(e);
            return state.steps();
        }
    }
}
