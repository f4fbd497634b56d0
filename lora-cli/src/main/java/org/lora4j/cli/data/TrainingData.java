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
 * The data of a training, read before its model is loaded and tokenized after that.
 *
 * @param <B> the kind of batch
 */
public interface TrainingData<B extends TrainingBatch> {
    /** Reads the data of a training. */
    interface Reading {
        /** Reads; what can be told without the model is told. */
        TrainingData<?> read(Console console) throws IOException;
    }

    /** Decides what the model is for; errors in the data show here, before the weights are read. */
    Task task(ModelConfig config) throws IOException;

    /** Returns the batches to train on, and tells what became of the texts. */
    BatchSource<B> training(LoraModel model, Console console);

    /** Returns the batches to validate with, if any. */
    @Nullable BatchSource<B> validation(LoraModel model, Console console);
}
