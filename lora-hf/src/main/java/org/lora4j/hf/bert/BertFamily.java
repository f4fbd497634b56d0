/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.hf.bert;

import java.io.IOException;
import java.util.List;
import org.lora4j.block.LoraContext;
import org.lora4j.hf.encoder.BertLayer;
import org.lora4j.hf.encoder.CheckpointNames;
import org.lora4j.hf.encoder.EncoderConfig;
import org.lora4j.hf.encoder.EncoderEmbeddings;
import org.lora4j.hf.encoder.EncoderModel;
import org.lora4j.hf.encoder.PositionIds;
import org.lora4j.hf.model.Checkpoint;
import org.lora4j.hf.model.EncoderFamily;
import org.lora4j.hf.model.FamilyNames;
import org.lora4j.hf.model.ModelConfig;
import org.lora4j.hf.model.SequenceClassifier;
import org.lora4j.hf.nn.DropoutSwitch;

/** BERT with one head so far: transformers' BertForSequenceClassification. Stateless. */
public final class BertFamily implements EncoderFamily {
    private static final CheckpointNames TENSORS =
            new CheckpointNames("bert", List.of("embeddings", "encoder", "pooler"));
    private static final FamilyNames NAMES =
            new FamilyNames(
                    "bert",
                    List.of("query", "value"),
                    TENSORS::rename,
                    "BertForSequenceClassification");

    @Override
    public FamilyNames names() {
        return NAMES;
    }

    @Override
    public String classifierOutput() {
        return "classifier";
    }

    @Override
    public String poolerPath() {
        return "bert.pooler.dense";
    }

    @Override
    public SequenceClassifier sequenceClassifier(
            ModelConfig config, Checkpoint weights, int classes, LoraContext context)
            throws IOException {
        DropoutSwitch dropouts = new DropoutSwitch(context.steps());
        EncoderConfig numbers = EncoderConfig.ofBert(config);
        EncoderModel model =
                new EncoderModel(
                        new EncoderEmbeddings(
                                "bert.embeddings",
                                numbers,
                                weights,
                                dropouts,
                                PositionIds.fromZero()),
                        "encoder",
                        BertLayer.all("bert.encoder.layer", numbers, weights, dropouts),
                        weights.linearOrNew(
                                "bert.pooler.dense", numbers.hiddenSize(), numbers.hiddenSize()));
        return new BertClassifier(model, numbers, weights, classes, dropouts, context);
    }
}
