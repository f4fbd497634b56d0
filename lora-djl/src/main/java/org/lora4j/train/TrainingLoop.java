/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.train;

import ai.djl.ndarray.NDManager;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.lora4j.train.GradientStep.Outcome;

/** Epochs, steps and validations of a {@link TrainingJob}. */
final class TrainingLoop<B extends TrainingBatch> {
    private static final int SHOWN_EXAMPLES = 64;

    private final TrainingJob<B> job;
    private final LoraTrainingConfig config;
    private final int totalSteps;
    private final Listeners listeners;
    private final TrainableParameters parameters;
    private final ParameterOptimizer optimizer;
    private final GradientStep<B> gradients;
    private final BestTensors best;
    private final SoundTensors sound;
    private final @Nullable Validator<B> validator;

    private final TrainingClock clock = new TrainingClock();
    private final List<Double> lossByStep = new ArrayList<>();
    private final List<Double> lossByEpoch = new ArrayList<>();
    private final List<ValidationInfo> validations = new ArrayList<>();
    private int steps;
    private long examples;
    private long tokens;
    private double epochLoss;
    private long epochTerms;
    private List<B> previous = List.of();

    TrainingLoop(
            TrainingJob<B> job,
            int totalSteps,
            TrainableParameters parameters,
            NDManager manager,
            Listeners listeners) {
        this.job = job;
        this.totalSteps = totalSteps;
        this.listeners = listeners;
        this.parameters = parameters;
        config = job.config();
        optimizer = ParameterOptimizer.create(config, parameters, manager);
        gradients = new GradientStep<>(job.task(), parameters, config, manager);
        best = new BestTensors(parameters, config, manager);
        sound = new SoundTensors(parameters, manager);
        BatchSource<B> data = job.validation();
        validator = data == null ? null : new Validator<>(job, data, manager);
    }

    /**
     * Trains.
     *
     * @param results takes what was done, also where this throws
     */
    LoraTrainingResult run(Consumer<LoraTrainingResult> results) {
        try {
            StopReason reason = epochs();
            LoraTrainingResult result = result(best.restore(steps), reason);
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

    private StopReason epochs() {
        if (validator != null) {
            validator.requireMetric(config.bestMetric());
        }
        StopReason reason = job.requestedStop();
        for (int epoch = 0; reason == null; epoch++) {
            reason = runEpoch(epoch);
        }
        if (steps > 0 && !best.isKept() && !parameters.isFinite()) {
            throw brokenByLastStep();
        }
        return reason;
    }

    private LoraTrainingResult result(int restoredStep, StopReason reason) {
        clock.pause();
        if (epochTerms > 0) { // of an epoch that an exception ended
            endEpoch();
        }
        return new LoraTrainingResult(
                steps,
                examples,
                tokens,
                clock.seconds(),
                lossByStep,
                lossByEpoch,
                validations,
                restoredStep,
                reason);
    }

    /** Returns why the training ends with this epoch, null when it goes on. */
    private @Nullable StopReason runEpoch(int epoch) {
        clock.start();
        Iterator<B> batches = job.dataset().epoch(epoch).iterator();
        boolean counted = config.steps() == 0 || job.dataset().isCounted();
        int promised = counted ? job.dataset().batchesPerEpoch(epoch) : Integer.MAX_VALUE;
        int given = 0;
        StopReason reason = null;
        boolean last = false;
        while (reason == null && !last) {
            List<B> group = nextGroup(batches);
            given += group.size();
            last = !batches.hasNext();
            requirePromise(epoch, counted ? promised : Math.max(1, given), given, last);
            long count = group.stream().mapToLong(TrainingBatch::count).sum();
            epochLoss += step(epoch, group) * count;
            epochTerms += count;
            reason = steps == totalSteps ? StopReason.COMPLETED : job.requestedStop();
            if (isValidationDue(last, reason)) {
                StopReason found = validate(epoch);
                reason = reason == null ? found : reason;
            }
        }
        clock.pause();
        endEpoch();
        return reason;
    }

    private void endEpoch() {
        lossByEpoch.add(epochLoss / epochTerms);
        epochLoss = 0;
        epochTerms = 0;
    }

    private List<B> nextGroup(Iterator<B> batches) {
        List<B> group = new ArrayList<>(config.accumulation());
        while (group.size() < config.accumulation() && batches.hasNext()) {
            group.add(batches.next());
        }
        return group;
    }

    private static void requirePromise(int epoch, int promised, int given, boolean last) {
        if (promised < 1 || given > promised || (last && given < promised)) {
            throw new IllegalStateException(
                    "epoch "
                            + epoch
                            + " of the training data promised "
                            + promised
                            + " batches and gave "
                            + (given > promised ? given + " or more" : given)
                            + "; expected as many as promised, and one at least");
        }
    }

    /** Returns the step's mean loss. */
    private double step(int epoch, List<B> group) {
        double rate = config.learningRate() * config.schedule().factor(steps, totalSteps);
        Outcome outcome =
                gradients.run(
                        group,
                        steps,
                        found -> sound.update(steps, () -> optimizer.step(found, rate)));
        if (!outcome.isFinite()) {
            throw diverged(outcome);
        }
        steps++;
        previous = group;
        int size = group.stream().mapToInt(TrainingBatch::size).sum();
        examples += size;
        tokens += group.stream().mapToLong(TrainingBatch::tokens).sum();
        lossByStep.add(outcome.loss());
        double seconds = clock.seconds();
        listeners.step(
                new StepInfo(
                        steps,
                        totalSteps,
                        epoch + 1,
                        outcome.loss(),
                        rate,
                        outcome.gradientNorm(),
                        size,
                        examples / seconds,
                        seconds / steps * (totalSteps - steps)));
        return outcome.loss();
    }

    private TrainingDivergedException diverged(Outcome outcome) {
        List<Integer> places = outcome.suspects();
        boolean validated = best.isKept();
        int restored = validated ? best.restore(steps) : sound.restoreUnless(steps, this::isSound);
        int shown = Math.min(SHOWN_EXAMPLES, places.size());
        return new TrainingDivergedException(
                "training diverged at step "
                        + (steps + 1)
                        + " of "
                        + totalSteps
                        + ": loss "
                        + outcome.loss()
                        + ", gradient norm "
                        + outcome.gradientNorm()
                        + "; the batch has the examples "
                        + places.subList(0, shown)
                        + (shown < places.size() ? " and " + (places.size() - shown) + " more" : "")
                        + " (counted from 0). The step was not taken. "
                        + kept(restored, validated)
                        + ". Look at these examples, or try a lower learning rate or a clip norm",
                steps + 1,
                restored,
                places);
    }

    /** No step follows that would show it. */
    private TrainingDivergedException brokenByLastStep() {
        int restored = sound.restoreUnless(steps, () -> false);
        return new TrainingDivergedException(
                "training diverged at step "
                        + steps
                        + " of "
                        + totalSteps
                        + ", the last that was taken: its update made the tensors NaN, infinite or"
                        + " too large to square. "
                        + kept(restored, false)
                        + ". Try a lower learning rate or a clip norm",
                steps,
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
        return steps == 0 || gradients.run(previous, steps - 1, found -> {}).isFinite();
    }

    /** Puts the tensors into a sound state after any exception but divergence. */
    private int restoredAfter(Throwable failure) {
        try {
            return best.isKept() ? best.restore(steps) : sound.restoreUnless(steps, () -> true);
        } catch (RuntimeException | Error e) {
            failure.addSuppressed(e);
            return steps;
        }
    }

    private boolean isValidationDue(boolean epochEnds, @Nullable StopReason reason) {
        if (validator == null || (reason != null && reason != StopReason.COMPLETED)) {
            return false;
        }
        int every = config.evaluateEverySteps();
        return reason != null || (every > 0 ? steps % every == 0 : epochEnds);
    }

    /** Validates; returns why the training should end now, null when it goes on. */
    private @Nullable StopReason validate(int epoch) {
        clock.pause();
        EvaluationMetrics metrics = validator == null ? null : validator.validate();
        if (metrics == null) {
            return job.requestedStop();
        }
        boolean isBest = best.offer(metrics, steps);
        ValidationInfo info = new ValidationInfo(steps, epoch + 1, metrics, isBest);
        validations.add(info);
        listeners.validation(info);
        clock.start();
        return best.outOfPatience() ? StopReason.EARLY_STOPPED : null;
    }
}
