/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.demo;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import org.lora4j.hf.model.TrainableParameters;
import org.lora4j.train.LoraTrainer;
import org.lora4j.train.LoraTrainingResult;

/** Shows a demonstration as it runs, and runs its trainings. */
public interface DemoHost {
    /** Called before a method loads the model that it trains. */
    void starts(DemoRun.Method method);

    /** Called when the number of trained parameters is known. */
    void loaded(TrainableParameters parameters);

    /**
     * Called before and after the training of an adapter.
     *
     * @param trained whether it is after it
     * @param exact which of the unseen addresses the model reads exactly
     * @param answers what it writes for the first of them
     */
    void examined(boolean trained, List<Boolean> exact, List<DemoAnswer> answers);

    /**
     * Trains.
     *
     * @param trainer the training, to which listeners may be added
     * @param directory an existing directory for the loss curve
     */
    LoraTrainingResult train(LoraTrainer.Builder<?> trainer, Path directory) throws IOException;

    /** Called when what a method trained has been saved and examined. */
    void finished(DemoRun run) throws IOException;
}
