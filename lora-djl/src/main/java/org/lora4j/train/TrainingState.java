/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.train;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import com.google.gson.JsonArray;
import com.google.gson.JsonObject;
import com.google.gson.JsonPrimitive;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.lora4j.torch.Torch;
import org.lora4j.train.metric.EvaluationMetrics;
import org.lora4j.train.metric.Metric;
import org.lora4j.train.optimizer.Optimizer;
import org.lora4j.train.tensors.TensorCopy;
import org.lora4j.train.tensors.TrainedTensors;

/**
 * Everything that the next steps of a training depend on, besides its configuration, data and base:
 * the trained tensors, the optimiser's state, the best tensors so far, and {@link Progress}.
 *
 * <p>{@link TrainingLoop} keeps nothing else from one step to the next that a result depends on. A
 * training whose state was restored from a {@link Snapshot} therefore continues with the same bits.
 */
final class TrainingState {
    private static final String BEST = "best/";

    private final LoraTrainingConfig config;
    private final TrainedTensors tensors;
    private final Optimizer optimizer;
    private final NDManager manager;
    private Progress progress = new Progress();
    private @Nullable TensorCopy best;
    private boolean clockRuns;
    private long clockStart;

    /**
     * Begins at step 0; the manager owns the optimiser's state and the copy of the best tensors.
     */
    TrainingState(LoraTrainingConfig config, TrainedTensors tensors, NDManager manager) {
        this.config = config;
        this.tensors = tensors;
        this.manager = manager;
        optimizer =
                config.optimizer().create(config.optimizerSettings(), tensors.byPath(), manager);
    }

    /** The numbers of a training between two steps; a plain value without tensors. */
    static final class Progress {
        private int steps;

        /** The epoch that the next batch is of, from 0. */
        private int epoch;

        /** The batches of that pass that were consumed. */
        private int batches;

        private long examples;
        private long tokens;
        private long nanos;
        private int rollbacks;
        private double epochLoss;
        private long epochTerms;

        /** The pass, from 1, in which a validation fell due that was not yet done; 0 is none. */
        private int validationDue;

        private double best = Double.NaN;
        private int bestStep = -1;
        private int validationsSinceBest;
        private List<Double> lossByStep = new ArrayList<>();
        private List<Double> lossByEpoch = new ArrayList<>();
        private List<ValidationInfo> validations = new ArrayList<>();

        private Progress copy() {
            Progress copy = new Progress();
            copy.steps = steps;
            copy.epoch = epoch;
            copy.batches = batches;
            copy.examples = examples;
            copy.tokens = tokens;
            copy.nanos = nanos;
            copy.rollbacks = rollbacks;
            copy.epochLoss = epochLoss;
            copy.epochTerms = epochTerms;
            copy.validationDue = validationDue;
            copy.best = best;
            copy.bestStep = bestStep;
            copy.validationsSinceBest = validationsSinceBest;
            copy.lossByStep = new ArrayList<>(lossByStep);
            copy.lossByEpoch = new ArrayList<>(lossByEpoch);
            copy.validations = new ArrayList<>(validations);
            return copy;
        }

        /**
         * Takes the best's value from its validation: a forced resume may judge by another metric.
         */
        private void judgeBestBy(Metric metric) {
            for (ValidationInfo validation : validations) {
                if (validation.step() == bestStep) {
                    best = validation.metrics().value(metric).orElse(Double.NaN);
                }
            }
        }

        /** Goes on to the next pass. */
        void endEpoch() {
            lossByEpoch.add(epochLoss / epochTerms);
            epoch++;
            batches = 0;
            epochLoss = 0;
            epochTerms = 0;
        }

        int steps() {
            return steps;
        }

        int epoch() {
            return epoch;
        }

        int batches() {
            return batches;
        }

        JsonObject toJson() {
            JsonObject json = new JsonObject();
            json.addProperty("steps", steps);
            json.addProperty("epoch", epoch);
            json.addProperty("batches", batches);
            json.addProperty("examples", examples);
            json.addProperty("tokens", tokens);
            json.addProperty("nanos", nanos);
            json.addProperty("rollbacks", rollbacks);
            json.add("epoch_loss", number(epochLoss));
            json.addProperty("epoch_terms", epochTerms);
            json.addProperty("validation_due", validationDue);
            json.add("best", number(best));
            json.addProperty("best_step", bestStep);
            json.addProperty("validations_since_best", validationsSinceBest);
            json.add("loss_by_step", numbers(lossByStep));
            json.add("loss_by_epoch", numbers(lossByEpoch));
            JsonArray done = new JsonArray();
            validations.forEach(validation -> done.add(json(validation)));
            json.add("validations", done);
            return json;
        }

        private static JsonObject json(ValidationInfo validation) {
            EvaluationMetrics metrics = validation.metrics();
            JsonObject values = new JsonObject();
            metrics.values().forEach((name, value) -> values.add(name, number(value)));
            JsonObject json = new JsonObject();
            json.addProperty("step", validation.step());
            json.addProperty("epoch", validation.epoch());
            json.add("loss", number(metrics.loss()));
            json.addProperty("count", metrics.count());
            json.add("values", values);
            json.addProperty("best", validation.best());
            return json;
        }

        /** JSON has no NaN and no infinities, so numbers are texts that Java reads back exactly. */
        private static JsonPrimitive number(double value) {
            return new JsonPrimitive(String.valueOf(value));
        }

        private static JsonArray numbers(List<Double> values) {
            JsonArray array = new JsonArray(values.size());
            values.forEach(value -> array.add(number(value)));
            return array;
        }

        static Progress of(JsonObject json) {
            Progress read = new Progress();
            read.steps = json.get("steps").getAsInt();
            read.epoch = json.get("epoch").getAsInt();
            read.batches = json.get("batches").getAsInt();
            read.examples = json.get("examples").getAsLong();
            read.tokens = json.get("tokens").getAsLong();
            read.nanos = json.get("nanos").getAsLong();
            read.rollbacks = json.get("rollbacks").getAsInt();
            read.epochLoss = json.get("epoch_loss").getAsDouble();
            read.epochTerms = json.get("epoch_terms").getAsLong();
            read.validationDue = json.get("validation_due").getAsInt();
            read.best = json.get("best").getAsDouble();
            read.bestStep = json.get("best_step").getAsInt();
            read.validationsSinceBest = json.get("validations_since_best").getAsInt();
            json.getAsJsonArray("loss_by_step").forEach(v -> read.lossByStep.add(v.getAsDouble()));
            json.getAsJsonArray("loss_by_epoch")
                    .forEach(v -> read.lossByEpoch.add(v.getAsDouble()));
            json.getAsJsonArray("validations")
                    .forEach(v -> read.validations.add(validation(v.getAsJsonObject())));
            return read;
        }

        private static ValidationInfo validation(JsonObject json) {
            Map<String, Double> values = new LinkedHashMap<>();
            json.getAsJsonObject("values")
                    .entrySet()
                    .forEach(e -> values.put(e.getKey(), e.getValue().getAsDouble()));
            return new ValidationInfo(
                    json.get("step").getAsInt(),
                    json.get("epoch").getAsInt(),
                    new EvaluationMetrics(
                            json.get("loss").getAsDouble(), json.get("count").getAsLong(), values),
                    json.get("best").getAsBoolean());
        }
    }

    /**
     * A state at one moment, independent of the training that it was taken from.
     *
     * @param progress its numbers
     * @param tensors copies of its tensors by name: {@code model/}, {@code optimizer/} or {@code
     *     best/}, and the path or the optimiser's name
     */
    record Snapshot(Progress progress, Map<String, NDArray> tensors) {}

    /** Called between steps, when a snapshot may be taken. */
    interface Hook {
        /** Called before the first step, when a snapshot may be restored. */
        default void onBegin(TrainingState state) {}

        /** Called after each step and the validation that may follow it. */
        default void onStep(TrainingState state) {}
    }

    /** Copies the state; the manager owns the copies. */
    Snapshot snapshot(NDManager owner) {
        Map<String, NDArray> copies = new LinkedHashMap<>();
        liveTensors()
                .forEach(
                        (name, array) -> {
                            NDArray copy = owner.zeros(array.getShape(), array.getDataType());
                            Torch.copyInto(copy, array);
                            copies.put(name, copy);
                        });
        Progress now = progress.copy();
        now.nanos = nanos();
        return new Snapshot(now, copies);
    }

    /**
     * Continues from a snapshot, by copying it.
     *
     * @throws IllegalArgumentException naming every tensor that does not fit this training
     */
    void restore(Snapshot snapshot) {
        boolean hasBest = snapshot.tensors().keySet().stream().anyMatch(n -> n.startsWith(BEST));
        best = hasBest ? new TensorCopy(tensors, manager) : null;
        Map<String, NDArray> live = liveTensors();
        requireFit(snapshot.tensors(), live);
        live.forEach(
                (name, array) ->
                        Torch.copyInto(
                                array, Objects.requireNonNull(snapshot.tensors().get(name), name)));
        progress = snapshot.progress().copy();
        progress.judgeBestBy(config.bestMetric());
        clockRuns = false;
    }

    private static void requireFit(Map<String, NDArray> saved, Map<String, NDArray> live) {
        List<String> wrong = new ArrayList<>();
        live.forEach(
                (name, array) -> {
                    NDArray found = saved.get(name);
                    if (found == null) {
                        wrong.add(name + " is missing");
                    } else if (!found.getShape().equals(array.getShape())
                            || found.getDataType() != array.getDataType()) {
                        wrong.add(
                                "%s is %s %s; expected %s %s"
                                        .formatted(
                                                name,
                                                found.getDataType(),
                                                found.getShape(),
                                                array.getDataType(),
                                                array.getShape()));
                    }
                });
        saved.keySet().stream()
                .filter(name -> !live.containsKey(name))
                .forEach(name -> wrong.add(name + " is unknown"));
        if (!wrong.isEmpty()) {
            throw new IllegalArgumentException(
                    "the saved state does not fit this training: " + String.join("; ", wrong));
        }
    }

    private Map<String, NDArray> liveTensors() {
        Map<String, NDArray> live = new LinkedHashMap<>();
        tensors.byPath().forEach((path, array) -> live.put("model/" + path, array));
        optimizer.state().forEach((name, array) -> live.put("optimizer/" + name, array));
        if (best != null) {
            best.byPath().forEach((path, array) -> live.put(BEST + path, array));
        }
        return live;
    }

    TrainedTensors tensors() {
        return tensors;
    }

    Optimizer optimizer() {
        return optimizer;
    }

    /** The optimiser steps taken. */
    int steps() {
        return progress.steps;
    }

    /** The epoch that the next batch is of, from 0. */
    int epoch() {
        return progress.epoch;
    }

    /** The batches of that pass that were consumed. */
    int batches() {
        return progress.batches;
    }

    /** The examples trained on, counted each time. */
    long examples() {
        return progress.examples;
    }

    /** How often the training went back to a checkpoint after it had diverged. */
    int rollbacks() {
        return progress.rollbacks;
    }

    void setRollbacks(int value) {
        progress.rollbacks = value;
    }

    /** The pass, from 1, in which a validation fell due that was not yet done; 0 is none. */
    int validationDue() {
        return progress.validationDue;
    }

    /**
     * Records a step that was taken, and moves on in the data.
     *
     * @param group the batches that it was taken on
     * @param loss their mean loss
     * @param endsEpoch whether they were the last of the pass
     * @param validate whether a validation is due
     */
    void stepTaken(
            List<? extends TrainingBatch> group, double loss, boolean endsEpoch, boolean validate) {
        progress.steps++;
        progress.batches += group.size();
        long terms = 0;
        for (TrainingBatch batch : group) {
            progress.examples += batch.size();
            progress.tokens += batch.tokens();
            terms += batch.count();
        }
        progress.epochLoss += loss * terms;
        progress.epochTerms += terms;
        progress.lossByStep.add(loss);
        progress.validationDue = validate ? progress.epoch + 1 : 0;
        if (endsEpoch) {
            progress.endEpoch();
        }
    }

    /** Records the validation that was due, and keeps the tensors if it is the best so far. */
    ValidationInfo validated(EvaluationMetrics metrics) {
        Metric metric = config.bestMetric();
        double value = metrics.value(metric).orElse(Double.NaN);
        boolean better = metric.isBetter(value, progress.best);
        progress.validationsSinceBest = better ? 0 : progress.validationsSinceBest + 1;
        if (better) {
            progress.best = value;
            progress.bestStep = progress.steps;
            if (config.restoreBest()) {
                if (best == null) {
                    best = new TensorCopy(tensors, manager);
                }
                best.take();
            }
        }
        ValidationInfo info =
                new ValidationInfo(progress.steps, progress.validationDue, metrics, better);
        progress.validations.add(info);
        progress.validationDue = 0;
        return info;
    }

    boolean isOutOfPatience() {
        return config.patience() > 0 && progress.validationsSinceBest >= config.patience();
    }

    /** Whether {@link #restoreBest} has tensors to restore. */
    boolean hasBest() {
        return best != null;
    }

    /**
     * Restores the best tensors where that is asked for and there are any.
     *
     * @return the step whose tensors the present ones are
     */
    int restoreBest() {
        if (best == null) {
            return progress.steps;
        }
        best.restore();
        return progress.bestStep;
    }

    /** Starts the clock, or continues. */
    void startClock() {
        if (!clockRuns) {
            clockStart = System.nanoTime();
            clockRuns = true;
        }
    }

    /** Stops the clock, as during validations. */
    void pauseClock() {
        progress.nanos = nanos();
        clockRuns = false;
    }

    /** The seconds of training, without validations. */
    double seconds() {
        return nanos() / 1e9;
    }

    private long nanos() {
        return progress.nanos + (clockRuns ? System.nanoTime() - clockStart : 0);
    }

    /** Returns what was done, a pass that did not end included. */
    LoraTrainingResult result(int restoredStep, StopReason reason) {
        List<Double> epochs = new ArrayList<>(progress.lossByEpoch);
        if (progress.epochTerms > 0) {
            epochs.add(progress.epochLoss / progress.epochTerms);
        }
        return new LoraTrainingResult(
                progress.steps,
                progress.examples,
                progress.tokens,
                seconds(),
                progress.lossByStep,
                epochs,
                progress.validations,
                restoredStep,
                reason);
    }
}
