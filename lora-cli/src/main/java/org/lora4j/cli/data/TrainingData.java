/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.cli.data;

import java.io.IOException;
import org.jspecify.annotations.Nullable;
import org.lora4j.cli.terminal.Console;
import org.lora4j.hf.LoraModel;
import org.lora4j.hf.Task;
import org.lora4j.hf.model.ModelConfig;
import org.lora4j.train.BatchSource;
import org.lora4j.train.TrainingBatch;

/**
 * The data of a training, read before its model is loaded and tokenized afterwards.
 *
 * @param <B> the kind of batch
 */
public interface TrainingData<B extends TrainingBatch> {

    /** Reads the data of a training. */
    interface Reading {

        /** Reads the data, and reports what is known of them without the model. */
        TrainingData<?> read(Console console) throws IOException;
    }

    /** Returns the model's task; errors in the data show here, before the weights are read. */
    Task task(ModelConfig config) throws IOException;

    /** Returns the batches to train on, and reports what became of the texts. */
    BatchSource<B> training(LoraModel model, Console console);

    /** Returns the batches to validate with, or null if there are none. */
    @Nullable BatchSource<B> validation(LoraModel model);
}
