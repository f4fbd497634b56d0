/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.cli.data;

import java.nio.file.Path;
import org.jspecify.annotations.Nullable;
import org.lora4j.cli.terminal.Console;
import org.lora4j.hf.CausalBatch;
import org.lora4j.hf.CausalOptions;
import org.lora4j.hf.LoraModel;
import org.lora4j.hf.Task;
import org.lora4j.hf.model.ModelConfig;
import org.lora4j.train.BatchSource;

/**
 * Texts for the training of a language model.
 *
 * @param texts the training data
 * @param checked the validation data, if any
 * @param data the options that they were read with
 */
public record CausalData(CausalTexts texts, @Nullable CausalTexts checked, DataOptions data)
        implements TrainingData<CausalBatch> {

    /**
     * Says how the texts of a file are read, and those of a validation file, if any.
     *
     * @param options how they are batched
     */
    public static Reading reading(
            DataOptions data,
            SampleOptions samples,
            CausalOptions options,
            @Nullable Path validation) {
        return console ->
                new CausalData(
                        CausalTexts.read(data.file(), data, samples, options, console),
                        validation == null
                                ? null
                                : CausalTexts.read(validation, data, samples, options, console),
                        data);
    }

    @Override
    public Task task(ModelConfig config) {
        return Task.causalLanguageModel();
    }

    @Override
    public BatchSource<CausalBatch> training(LoraModel model, Console console) {
        data.tellPositions(model, console);
        return texts.training().apply(model);
    }

    @Override
    public @Nullable BatchSource<CausalBatch> validation(LoraModel model) {
        return checked == null ? null : checked.evaluation().apply(model);
    }
}
