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
import org.jspecify.annotations.Nullable;
import org.lora4j.train.GradientStep.Outcome;

/** Epochs, steps and validations of a {@link TrainingJob}. */
final class TrainingLoop<B extends TrainingBatch> {
    private static final int SHOWN_EXAMPLES = 64;

    private final TrainingJob<B> job;
    private final LoraTrainingConfig config;
    private final int totalSteps;
    private final Listeners listeners;
    private final ParameterOptimizer optimizer;
    private final GradientStep<B> gradients;
    private final BestTensors best;
    private final @Nullable Validator<B> validator;

    private final TrainingClock clock = new TrainingClock();
    private final List<Double> lossByStep = new ArrayList<>();
    private final List<Double> lossByEpoch = new ArrayList<>();
    private final List<ValidationInfo> validations = new ArrayList<>();
    private int steps;
    private long examples;
    private long tokens;

    TrainingLoop(
            TrainingJob<B> job,
            int totalSteps,
            TrainableParameters parameters,
            NDManager manager,
            Listeners listeners) {
        this.job = job;
        this.totalSteps = totalSteps;
        this.listeners = listeners;
        config = job.config();
        optimizer = ParameterOptimizer.create(config, parameters, manager);
        gradients = new GradientStep<>(job.task(), parameters, config, manager);
        best = new BestTensors(parameters, config, manager);
        BatchSource<B> data = job.validation();
        validator = data == null ? null : new Validator<>(job, data, manager);
    }

    LoraTrainingResult run() {
        if (validator != null) {
            validator.requireMetric(config.bestMetric());
        }
        StopReason reason = job.requestedStop();
        for (int epoch = 0; reason == null; epoch++) {
            reason = runEpoch(epoch);
        }
        clock.pause();
        return new LoraTrainingResult(
                steps,
                examples,
                tokens,
                clock.seconds(),
                lossByStep,
                lossByEpoch,
                validations,
                best.restore(steps),
                reason);
    }

    /** Returns why the training ends with this epoch, null when it goes on. */
    private @Nullable StopReason runEpoch(int epoch) {
        clock.start();
        Iterator<B> batches = job.dataset().epoch(epoch).iterator();
        int promised = job.dataset().batchesPerEpoch(epoch);
        int given = 0;
        double lossSum = 0;
        long terms = 0;
        StopReason reason = null;
        boolean last = false;
        while (reason == null && !last) {
            List<B> group = nextGroup(batches);
            given += group.size();
            last = !batches.hasNext();
            requirePromise(epoch, promised, given, last);
            long count = group.stream().mapToLong(TrainingBatch::count).sum();
            lossSum += step(epoch, group) * count;
            terms += count;
            reason = steps == totalSteps ? StopReason.COMPLETED : job.requestedStop();
            if (isValidationDue(last, reason)) {
                StopReason found = validate(epoch);
                reason = reason == null ? found : reason;
            }
        }
        clock.pause();
        lossByEpoch.add(lossSum / terms);
        return reason;
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
        Outcome outcome = gradients.run(group, steps, found -> optimizer.step(found, rate));
        if (!outcome.isFinite()) {
            throw diverged(outcome);
        }
        steps++;
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
                        + " (counted from 0). The step was not taken. Look at these examples, or"
                        + " try a lower learning rate or a clip norm",
                steps + 1,
                places);
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
