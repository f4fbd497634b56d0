/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.cli.data;

import java.io.IOException;
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
 * Texts for a language model.
 *
 * @param texts the training data
 * @param checked the validation data, if any
 * @param options how they are batched
 */
public record CausalData(CausalTexts texts, @Nullable CausalTexts checked, CausalOptions options)
        implements TrainingData<CausalBatch> {

    public static CausalData read(
            Path data,
            @Nullable Path validation,
            SampleOptions reading,
            Streaming streaming,
            CausalOptions options,
            Console console)
            throws IOException {
        CausalTexts texts = CausalTexts.read(data, reading, streaming, console);
        CausalTexts checked =
                validation == null
                        ? null
                        : CausalTexts.read(validation, reading, streaming, console);
        return new CausalData(texts, checked, options);
    }

    @Override
    public Task task(ModelConfig config) {
        return Task.causalLanguageModel();
    }

    @Override
    public BatchSource<CausalBatch> training(LoraModel model, Console console) {
        DataOptions.tellPositions(options.batches(), DataOptions.CAUSAL_LENGTH, model, console);
        return texts.training(model, options, console);
    }

    @Override
    public @Nullable BatchSource<CausalBatch> validation(LoraModel model, Console console) {
        return checked == null ? null : checked.evaluation(model, options, console);
    }
}
