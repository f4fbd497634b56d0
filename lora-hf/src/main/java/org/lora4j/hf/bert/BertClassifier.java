/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.hf.bert;

import ai.djl.ndarray.NDArray;
import java.io.IOException;
import java.util.List;
import org.lora4j.hf.encoder.EncoderBody;
import org.lora4j.hf.encoder.EncoderClassifier;
import org.lora4j.hf.model.Checkpoint;
import org.lora4j.hf.nn.HiddenDropout;

/**
 * A BERT whose pooled first position is classified: transformers' BertForSequenceClassification.
 */
final class BertClassifier extends EncoderClassifier {
    private final Slot classifier;
    private final HiddenDropout dropout;

    @SuppressWarnings("this-escape")
    BertClassifier(EncoderBody body, Checkpoint weights, int classes) throws IOException {
        super(body);
        int hidden = body.config().hiddenSize();
        classifier = child("classifier", weights.linearOrNew("classifier", hidden, classes));
        dropout = new HiddenDropout("dropout", body.config().classifierDropout(), body.dropouts());
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
