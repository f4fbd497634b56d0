/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.cli.data;

import org.jspecify.annotations.Nullable;
import org.lora4j.cli.terminal.Console;
import org.lora4j.hf.BatchOptions;
import org.lora4j.hf.LoraModel;
import org.lora4j.hf.PreferenceDataset;
import org.lora4j.hf.Task;
import org.lora4j.hf.model.ModelConfig;
import org.lora4j.hf.preference.PreferenceBatch;
import org.lora4j.hf.preference.PreferenceLoss;
import org.lora4j.text.sample.PreferencePairs;
import org.lora4j.train.BatchSource;

/**
 * Pairs of texts for the training of a language model by preferences.
 *
 * @param pairs the training data
 * @param checked the validation data, if any
 * @param loss the loss of a pair
 * @param batches how pairs are batched
 * @param data the options that they were read with
 */
public record PreferenceData(
        PreferencePairs pairs,
        @Nullable PreferencePairs checked,
        PreferenceLoss loss,
        BatchOptions batches,
        DataOptions data)
        implements TrainingData<PreferenceBatch> {

    @Override
    public Task task(ModelConfig config) {
        return Task.causalLanguageModel();
    }

    @Override
    public BatchSource<PreferenceBatch> training(LoraModel model, Console console) {
        data.tellPositions(model, console);
        PreferenceDataset texts = PreferenceDataset.forTraining(model, pairs, loss, batches);
        SampleReport.tell(pairs, texts, console);
        return texts;
    }

    @Override
    public @Nullable BatchSource<PreferenceBatch> validation(LoraModel model) {
        return checked == null
                ? null
                : PreferenceDataset.forEvaluation(model, checked, loss, batches);
    }
}
