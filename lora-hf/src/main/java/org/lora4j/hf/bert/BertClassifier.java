/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.hf.bert;

import ai.djl.ndarray.NDArray;
import java.io.IOException;
import java.util.List;
import org.lora4j.block.LoraContext;
import org.lora4j.hf.encoder.EncoderClassifier;
import org.lora4j.hf.encoder.EncoderConfig;
import org.lora4j.hf.encoder.EncoderModel;
import org.lora4j.hf.model.Checkpoint;
import org.lora4j.hf.nn.DropoutSwitch;
import org.lora4j.hf.nn.HiddenDropout;

/**
 * A BERT whose pooled first position is classified: transformers' BertForSequenceClassification.
 */
final class BertClassifier extends EncoderClassifier {
    private final Slot classifier;
    private final HiddenDropout dropout;

    @SuppressWarnings("this-escape")
    BertClassifier(
            EncoderModel model,
            EncoderConfig config,
            Checkpoint weights,
            int classes,
            DropoutSwitch dropouts,
            LoraContext context)
            throws IOException {
        super("bert", model, config, dropouts, context);
        classifier =
                child(
                        "classifier",
                        weights.linearOrNew("classifier", config.hiddenSize(), classes));
        dropout = new HiddenDropout("dropout", config.classifierDropout(), dropouts);
    }

    @Override
    public List<String> headPaths() {
        return List.of("classifier");
    }

    @Override
    protected NDArray classify(Pass pass, NDArray first) {
        return classifier.apply(pass, dropout.apply(pass, first));
    }
}
