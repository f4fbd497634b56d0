/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.hf;

import com.google.gson.JsonObject;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import org.lora4j.block.LoraContext;
import org.lora4j.core.LoraConfig;
import org.lora4j.train.TrainingBatch;
import org.lora4j.train.TrainingTask;

/** A model built for a task: the root of its blocks, and what follows from the task. */
sealed interface TaskModel permits ClassifierModel, LanguageModel {
    /**
     * Builds the model.
     *
     * @param directory where it is read from, for messages
     * @param head what becomes of a checkpoint's head
     * @throws IOException if the family is not one for the task, or the files do not make a model
     */
    static TaskModel build(
            Task task,
            ModelFamily family,
            ModelConfig config,
            Checkpoint weights,
            LoraContext context,
            Path directory,
            HeadUse head)
            throws IOException {
        boolean causal = task instanceof Task.CausalLanguageModel;
        if (causal && family instanceof DecoderFamily decoder) {
            return new LanguageModel(
                    decoder, decoder.causalLanguageModel(config, weights, context));
        }
        if (!causal && family instanceof EncoderFamily encoder) {
            return ClassifierModel.build(task, encoder, config, weights, context, directory, head);
        }
        throw new IOException(
                directory
                        + ": model_type \""
                        + family.modelType()
                        + "\" is "
                        + (causal
                                ? "an encoder, which does not continue texts; expected"
                                        + " Task.sequenceClassification or Task.regression"
                                : "a decoder, and classification is for encoders; expected"
                                        + " Task.causalLanguageModel()"));
    }

    /** Returns the task, by which the model can be built again. */
    Task task();

    /** Returns the root of the blocks. */
    ModelRoot block();

    /** Returns the labels' names; none for a regression and a language model. */
    List<String> labels();

    /** Returns the kind of batch that the model trains on. */
    Class<? extends TrainingBatch> batches();

    /** Returns the training of the model, on batches of that kind. */
    TrainingTask<?> trainingTask(LoadedModel model);

    /** Returns the task_type of PEFT's files. */
    String peftTaskType();

    /** Returns a configuration as PEFT would write it for this task. */
    LoraConfig asPeft(LoraConfig config);

    /** Writes what config.json says of the task. */
    void describe(JsonObject config);
}
