/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.cli.data;

import org.jspecify.annotations.Nullable;
import org.lora4j.cli.terminal.Console;
import org.lora4j.embed.EmbeddingDataset;
import org.lora4j.embed.EmbeddingTexts;
import org.lora4j.hf.BatchOptions;
import org.lora4j.hf.LoraModel;
import org.lora4j.hf.Task;
import org.lora4j.hf.embed.EmbeddingBatch;
import org.lora4j.hf.embed.EmbeddingLoss;
import org.lora4j.hf.model.ModelConfig;
import org.lora4j.train.BatchSource;

/**
 * Texts that are compared with each other.
 *
 * @param texts what is learnt
 * @param checked what is validated with, or null
 * @param loss the loss
 * @param batches how they are batched
 * @param atOnce how many texts are run at a time, 0 for all
 * @param data the options of the data
 */
public record EmbeddingData(
        EmbeddingTexts texts,
        @Nullable EmbeddingTexts checked,
        EmbeddingLoss loss,
        BatchOptions batches,
        int atOnce,
        DataOptions data)
        implements TrainingData<EmbeddingBatch> {
    /** Checks that the texts are of the loss, before weights are read. */
    public EmbeddingData {
        loss.check(texts.columns(), texts.isScored());
        if (checked != null) {
            loss.check(checked.columns(), checked.isScored());
        }
    }

    @Override
    public Task task(ModelConfig config) {
        return Task.embedding();
    }

    @Override
    public BatchSource<EmbeddingBatch> training(LoraModel model, Console console) {
        data.tellPositions(model, console);
        EmbeddingDataset found = EmbeddingDataset.forTraining(model, texts, loss, batches, atOnce);
        console.say(
                "%,d examples of %d texts, %,d tokens",
                found.size(), texts.columns(), found.tokens());
        if (found.truncated() > 0) {
            console.say(
                    "%,d texts are longer than %,d tokens and are cut there",
                    found.truncated(), found.longest());
        }
        return found;
    }

    @Override
    public @Nullable BatchSource<EmbeddingBatch> validation(LoraModel model) {
        return checked == null
                ? null
                : EmbeddingDataset.forEvaluation(model, checked, loss, batches);
    }
}
