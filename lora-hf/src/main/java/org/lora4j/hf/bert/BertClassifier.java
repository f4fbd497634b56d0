/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.hf.bert;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import java.io.IOException;
import java.util.List;
import org.lora4j.block.LoraContext;
import org.lora4j.hf.Checkpoint;
import org.lora4j.hf.SequenceClassifier;
import org.lora4j.hf.nn.DropoutSwitch;
import org.lora4j.hf.nn.HiddenDropout;

/**
 * A BERT whose pooled first position is classified: transformers' BertForSequenceClassification.
 */
final class BertClassifier extends SequenceClassifier {
    private final Slot bert;
    private final Slot classifier;
    private final HiddenDropout dropout;
    private final BertConfig config;

    @SuppressWarnings("this-escape")
    BertClassifier(
            BertConfig config,
            Checkpoint weights,
            int classes,
            DropoutSwitch dropouts,
            LoraContext context)
            throws IOException {
        super(dropouts, context);
        bert = child("bert", new BertModel("bert", config, weights, dropouts));
        classifier =
                child(
                        "classifier",
                        weights.linearOrNew("classifier", config.hiddenSize(), classes));
        this.config = config;
        dropout = new HiddenDropout("dropout", config.classifierDropout(), dropouts);
    }

    @Override
    public List<String> headPaths() {
        return List.of("classifier");
    }

    @Override
    public List<String> framePaths() {
        return List.of("bert", "bert.encoder", "bert.encoder.layer");
    }

    @Override
    public int maxPositions() {
        return config.positions();
    }

    @Override
    public int vocabularySize() {
        return config.vocabularySize();
    }

    @Override
    public int typeVocabularySize() {
        return config.types();
    }

    @Override
    public int layerCount() {
        return body().layerCount();
    }

    @Override
    public NDArray embed(Pass pass, NDArray ids, NDArray typeIds) {
        return body().embed(pass, ids, typeIds);
    }

    @Override
    public NDArray layer(int index, Pass pass, NDList hidden) {
        return body().layer(index, pass, hidden);
    }

    @Override
    public NDArray logits(Pass pass, NDArray hidden) {
        NDManager outer = hidden.getManager();
        try (NDManager scope = outer.newSubManager()) {
            scope.tempAttachAll(hidden);
            NDArray pooled = body().pool(pass, hidden);
            NDArray logits = classifier.apply(pass, dropout.apply(pass, pooled));
            logits.attach(outer);
            return logits;
        }
    }

    private BertModel body() {
        return (BertModel) bert.block();
    }
}
