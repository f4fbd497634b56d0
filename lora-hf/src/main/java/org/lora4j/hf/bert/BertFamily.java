/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.hf.bert;

import ai.djl.nn.Block;
import ai.djl.nn.core.Linear;
import java.io.IOException;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.lora4j.block.LoraContext;
import org.lora4j.hf.encoder.BareEncoder;
import org.lora4j.hf.encoder.BertLayer;
import org.lora4j.hf.encoder.CheckpointNames;
import org.lora4j.hf.encoder.EncoderBody;
import org.lora4j.hf.encoder.EncoderConfig;
import org.lora4j.hf.encoder.EncoderEmbeddings;
import org.lora4j.hf.encoder.EncoderModel;
import org.lora4j.hf.encoder.EncoderTokens;
import org.lora4j.hf.encoder.PlainStack;
import org.lora4j.hf.encoder.PositionIds;
import org.lora4j.hf.model.Checkpoint;
import org.lora4j.hf.model.EncoderFamily;
import org.lora4j.hf.model.FamilyNames;
import org.lora4j.hf.model.ModelConfig;
import org.lora4j.hf.model.SequenceClassifier;
import org.lora4j.hf.model.TextEncoder;
import org.lora4j.hf.model.TokenClassifier;
import org.lora4j.hf.model.TokenHead;
import org.lora4j.hf.nn.DropoutSwitch;

/**
 * BERT: transformers' BertModel, BertForSequenceClassification, BertForTokenClassification and
 * BertForQuestionAnswering. Stateless.
 */
public final class BertFamily implements EncoderFamily {
    private static final String POOLER = "bert.pooler.dense";
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
        return POOLER;
    }

    @Override
    public SequenceClassifier sequenceClassifier(
            ModelConfig config, Checkpoint weights, int classes, LoraContext context)
            throws IOException {
        EncoderConfig numbers = EncoderConfig.ofBert(config);
        int hidden = numbers.hiddenSize();
        Linear pooler = weights.linearOrNew(POOLER, hidden, hidden);
        return new BertClassifier(body(numbers, weights, pooler, context), weights, classes);
    }

    @Override
    public TokenClassifier tokenClassifier(
            ModelConfig config, Checkpoint weights, TokenHead head, LoraContext context)
            throws IOException {
        EncoderConfig numbers = EncoderConfig.ofBert(config);
        double dropout = head.kind() == TokenHead.Kind.SPANS ? 0 : numbers.classifierDropout();
        return new EncoderTokens(body(numbers, weights, null, context), head, dropout, weights);
    }

    @Override
    public TextEncoder textEncoder(ModelConfig config, Checkpoint weights, LoraContext context)
            throws IOException {
        EncoderConfig numbers = EncoderConfig.ofBert(config);
        int hidden = numbers.hiddenSize();
        Block pooler = BareEncoder.pooler(weights, POOLER, hidden);
        return new BareEncoder(body(numbers, weights, pooler, context));
    }

    private static EncoderBody body(
            EncoderConfig numbers, Checkpoint weights, @Nullable Block pooler, LoraContext context)
            throws IOException {
        DropoutSwitch dropouts = new DropoutSwitch(context.steps());
        EncoderEmbeddings embeddings =
                new EncoderEmbeddings(
                        "bert.embeddings", numbers, weights, dropouts, PositionIds.fromZero());
        EncoderModel model =
                new EncoderModel(
                        embeddings,
                        "encoder",
                        new PlainStack(
                                BertLayer.all("bert.encoder.layer", numbers, weights, dropouts)),
                        pooler);
        return EncoderBody.of("bert", model, numbers, dropouts, context);
    }
}
