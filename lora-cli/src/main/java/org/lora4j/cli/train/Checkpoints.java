/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.cli.train;

import com.google.gson.JsonNull;
import com.google.gson.JsonObject;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;
import org.lora4j.cli.option.CheckpointOptions;
import org.lora4j.cli.terminal.Console;
import org.lora4j.cli.terminal.Interruption;
import org.lora4j.hf.model.TrainableParameters;
import org.lora4j.train.LoraTrainer;
import org.lora4j.train.LoraTrainingResult;
import org.lora4j.train.StopReason;
import org.lora4j.train.TrainingListener;
import org.lora4j.train.TrainingStart;
import org.lora4j.train.checkpoint.SavedCheckpoint;

/**
 * The checkpoints of a training: asks for them, and tells from where it goes on, what they cost,
 * and how to go on after a signal.
 */
final class Checkpoints implements TrainingListener {
    private final TrainingPlan plan;
    private final Console console;
    private @Nullable SavedCheckpoint last;
    private int count;
    private double blocked;
    private boolean isResumed;

    Checkpoints(TrainingPlan plan, Console console) {
        this.plan = plan;
        this.console = console;
    }

    /** Sets a training's checkpoints as the options say, and listens to it. */
    void configure(LoraTrainer.Builder<?> builder) {
        Path directory = plan.checkpointDirectory();
        if (directory == null) {
            return;
        }
        CheckpointOptions options = plan.checkpoints();
        CheckpointOptions.Interval interval = options.interval();
        builder.optCheckpoints(directory)
                .optKeepCheckpoints(options.keep())
                .optOnDivergence(options.onDivergence())
                .optResume(options.resume(plan.overwrite()))
                .addListener(this);
        if (interval.steps() > 0) {
            builder.optSaveEvery(interval.steps());
        }
        if (interval.time() != null) {
            builder.optSaveEvery(interval.time());
        }
    }

    /** Ends a training after its step when the process is told to end. */
    Interruption stopping(LoraTrainer<?> trainer) {
        return Interruption.of(
                () -> {
                    trainer.cancel();
                    console.note("stopping after this step; a second signal ends at once");
                });
    }

    static boolean isStopped(LoraTrainingResult result) {
        return result.stopReason() == StopReason.CANCELLED
                || result.stopReason() == StopReason.INTERRUPTED;
    }

    @Override
    public void onStart(TrainingStart start) {
        isResumed = start.resumedSteps() > 0;
    }

    @Override
    public void onCheckpoint(SavedCheckpoint checkpoint) {
        last = checkpoint;
        count++;
        blocked += checkpoint.blockedSeconds();
    }

    @Override
    public void onResume(Resumed resumed) {
        if (resumed.rollbacks() > 0) {
            console.say(
                    "going on after step %,d, at 1/%d of the learning rate",
                    resumed.step(), 1 << Math.min(30, resumed.rollbacks()));
        } else {
            console.say("going on after step %,d", resumed.step());
        }
    }

    /** Whether the training began in another process. */
    boolean isResumed() {
        return isResumed;
    }

    /**
     * Tells how long the training stood still for checkpoints and, where it was stopped, how to go
     * on.
     *
     * @return whether a checkpoint holds all that would be saved otherwise
     */
    boolean hold(LoraTrainingResult result, TrainableParameters parameters) {
        if (count > 0) {
            double share = result.trainSeconds() > 0 ? blocked / result.trainSeconds() : 0;
            console.say(
                    "%,d checkpoints, for which the training stood still %.3f s (%.2f %%)",
                    count, blocked, 100 * share);
        }
        SavedCheckpoint saved = last;
        boolean isHeld =
                plan.checkpoints().isOn()
                        && isStopped(result)
                        && (result.steps() == 0
                                || (saved != null && saved.step() == result.steps()));
        if (isHeld) {
            tellStopped(result, saved, parameters);
        }
        return isHeld;
    }

    private void tellStopped(
            LoraTrainingResult result,
            @Nullable SavedCheckpoint saved,
            TrainableParameters parameters) {
        console.say("stopped after %,d steps", result.steps());
        if (saved != null) {
            console.say("checkpoint: " + saved.directory());
        }
        console.say("to go on: the same command with --resume");
        TrainingReport report =
                new TrainingReport(
                        result, parameters, Memory.peakMegabytes(), plan.output(), plan.full());
        JsonObject json = report.json();
        json.add("adapter", JsonNull.INSTANCE);
        if (saved != null) {
            json.addProperty("checkpoint", saved.directory().toString());
        }
        console.result(json);
    }
}
