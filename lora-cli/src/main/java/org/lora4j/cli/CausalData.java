/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.cli;

import java.io.IOException;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;
import org.lora4j.hf.CausalBatch;
import org.lora4j.hf.CausalDataset;
import org.lora4j.hf.CausalOptions;
import org.lora4j.hf.LoraModel;
import org.lora4j.hf.ModelConfig;
import org.lora4j.hf.Task;
import org.lora4j.text.TrainingSamples;

/**
 * Texts for a language model.
 *
 * @param samples the training data
 * @param checked the validation data, if any
 * @param options how they are batched
 */
record CausalData(TrainingSamples samples, @Nullable TrainingSamples checked, CausalOptions options)
        implements TrainingData<CausalBatch> {

    static CausalData read(
            Path data,
            @Nullable Path validation,
            SampleOptions reading,
            CausalOptions options,
            Console console)
            throws IOException {
        TrainingSamples samples = reading.read(data, console);
        return new CausalData(
                samples, validation == null ? null : reading.read(validation, console), options);
    }

    @Override
    public Task task(ModelConfig config) {
        return Task.causalLanguageModel();
    }

    @Override
    public CausalDataset training(LoraModel model, Console console) {
        CausalDataset data = CausalDataset.forTraining(model, samples, options);
        SampleReport.tell(samples, data, console);
        return data;
    }

    @Override
    public @Nullable CausalDataset validation(LoraModel model, Console console) {
        if (checked == null) {
            return null;
        }
        CausalDataset data = CausalDataset.forEvaluation(model, checked, options);
        SampleReport.tell(checked, data, console);
        return data;
    }
}
