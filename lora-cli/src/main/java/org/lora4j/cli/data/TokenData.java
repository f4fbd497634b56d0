/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.cli.data;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.lora4j.cli.terminal.Console;
import org.lora4j.hf.BatchOptions;
import org.lora4j.hf.LoraModel;
import org.lora4j.hf.Task;
import org.lora4j.hf.data.TokenDataset;
import org.lora4j.hf.model.ModelConfig;
import org.lora4j.hf.token.TokenBatch;
import org.lora4j.text.token.TagScheme;
import org.lora4j.text.token.TokenLabels;
import org.lora4j.text.token.TokenSample;
import org.lora4j.text.token.TokenSampleReader;
import org.lora4j.train.BatchSource;

/**
 * Texts with labelled words or spans, for the training of a model that labels tokens.
 *
 * @param texts the training data
 * @param checked the validation data, if any
 * @param validation their file
 * @param data the options that they were read with
 * @param batches how they are batched
 * @param scheme how spans become tags
 * @param newHead whether the model's own labels are ignored, since its head is drawn anew
 */
public record TokenData(
        List<TokenSample> texts,
        @Nullable List<TokenSample> checked,
        @Nullable Path validation,
        DataOptions data,
        BatchOptions batches,
        TagScheme scheme,
        boolean newHead)
        implements TrainingData<TokenBatch> {

    /** Says how the texts of a file are read, and those of a validation file, if any. */
    public static Reading reading(
            DataOptions data,
            BatchOptions batches,
            @Nullable Path validation,
            TokenOptions options,
            boolean newHead) {
        return console ->
                new TokenData(
                        TokenSampleReader.readAll(data.file()),
                        validation == null ? null : TokenSampleReader.readAll(validation),
                        validation,
                        data,
                        batches,
                        options.scheme(),
                        newHead);
    }

    /** The model's labels where they cover the data's, else those of the data. */
    @Override
    public Task task(ModelConfig config) throws IOException {
        List<String> labels;
        try {
            labels = TokenLabels.of(texts, scheme);
        } catch (IllegalArgumentException e) {
            throw new IOException(data.file() + ": " + e.getMessage(), e);
        }
        if (labels.size() < 2) {
            throw new IOException(
                    "%s: the only tag is %s; expected another one at least"
                            .formatted(data.file(), String.join("", labels)));
        }
        List<String> configured = config.labels();
        boolean own = !newHead && configured != null && configured.containsAll(labels);
        return new Task.TokenClassification(own && configured != null ? configured : labels);
    }

    @Override
    public BatchSource<TokenBatch> training(LoraModel model, Console console) {
        console.say("labels: " + String.join(", ", model.labels()));
        data.tellPositions(model, console);
        return told(
                TokenDataset.forTraining(model, texts, data.file().toString(), batches),
                data.file(),
                console);
    }

    /** Says how many texts were cut. */
    public static TokenDataset told(TokenDataset texts, Path file, Console console) {
        if (texts.truncated() > 0) {
            console.say(
                    "%,d of %,d texts of %s are longer than %,d tokens and were cut there",
                    texts.truncated(), texts.size(), file, texts.longest());
        }
        return texts;
    }

    @Override
    public @Nullable BatchSource<TokenBatch> validation(LoraModel model) {
        return checked == null
                ? null
                : TokenDataset.forEvaluation(model, checked, String.valueOf(validation), batches);
    }
}
