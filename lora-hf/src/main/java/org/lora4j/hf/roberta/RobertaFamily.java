/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.hf.roberta;

import ai.djl.ndarray.NDArray;
import ai.djl.nn.Block;
import java.io.IOException;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.lora4j.block.LoraContext;
import org.lora4j.hf.encoder.BareEncoder;
import org.lora4j.hf.encoder.BertLayer;
import org.lora4j.hf.encoder.CheckpointNames;
import org.lora4j.hf.encoder.EncoderBody;
import org.lora4j.hf.encoder.EncoderClassifier;
import org.lora4j.hf.encoder.EncoderConfig;
import org.lora4j.hf.encoder.EncoderEmbeddings;
import org.lora4j.hf.encoder.EncoderModel;
import org.lora4j.hf.encoder.EncoderTokens;
import org.lora4j.hf.encoder.PlainStack;
import org.lora4j.hf.encoder.PositionIds;
import org.lora4j.hf.encoder.TwoLayerHead;
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
 * RoBERTa and the models of its architecture. They are BERT but for three things: positions are
 * counted from the padding token's id on, there is no pooler, and the head has two layers.
 * Stateless.
 */
public final class RobertaFamily implements EncoderFamily {
    private static final String MODEL = "roberta";
    private static final String POOLER = MODEL + ".pooler.dense";
    private static final CheckpointNames TENSORS =
            new CheckpointNames(MODEL, List.of("embeddings", "encoder", "pooler"));

    private final FamilyNames names;

    private RobertaFamily(String modelType, String architecture) {
        this.names =
                new FamilyNames(
                        modelType, List.of("query", "value"), TENSORS::rename, architecture);
    }

    /** Returns RoBERTa, XLM-RoBERTa and CamemBERT. */
    public static List<EncoderFamily> all() {
        return List.of(
                new RobertaFamily("roberta", "RobertaForSequenceClassification"),
                new RobertaFamily("xlm-roberta", "XLMRobertaForSequenceClassification"),
                new RobertaFamily("camembert", "CamembertForSequenceClassification"));
    }

    @Override
    public FamilyNames names() {
        return names;
    }

    @Override
    public String classifierOutput() {
        return "classifier.out_proj";
    }

    @Override
    public String poolerPath() {
        return POOLER;
    }

    @Override
    public SequenceClassifier sequenceClassifier(
            ModelConfig config, Checkpoint weights, int classes, LoraContext context)
            throws IOException {
        EncoderBody body = body(config, weights, null, context);
        return new Classifier(body, new TwoLayerHead(body, weights, classes));
    }

    @Override
    public TokenClassifier tokenClassifier(
            ModelConfig config, Checkpoint weights, TokenHead head, LoraContext context)
            throws IOException {
        EncoderBody body = body(config, weights, null, context);
        double dropout =
                head.kind() == TokenHead.Kind.SPANS ? 0 : body.config().classifierDropout();
        return new EncoderTokens(body, head, dropout, weights);
    }

    @Override
    public TextEncoder textEncoder(ModelConfig config, Checkpoint weights, LoraContext context)
            throws IOException {
        int hidden = EncoderConfig.ofBert(config).hiddenSize();
        Block pooler = BareEncoder.pooler(weights, POOLER, hidden);
        return new BareEncoder(body(config, weights, pooler, context));
    }

    private static EncoderBody body(
            ModelConfig config, Checkpoint weights, @Nullable Block pooler, LoraContext context)
            throws IOException {
        EncoderConfig numbers = EncoderConfig.ofBert(config);
        int padding = paddingId(config, numbers);
        DropoutSwitch dropouts = new DropoutSwitch(context.steps());
        EncoderEmbeddings embeddings =
                new EncoderEmbeddings(
                        MODEL + ".embeddings",
                        numbers,
                        weights,
                        dropouts,
                        PositionIds.afterPadding(padding));
        EncoderModel model =
                new EncoderModel(
                        embeddings,
                        "encoder",
                        new PlainStack(
                                BertLayer.all(
                                        MODEL + ".encoder.layer", numbers, weights, dropouts)),
                        pooler);
        return new EncoderBody(
                MODEL,
                model,
                numbers,
                numbers.positions() - padding - 1,
                numbers.types() == 1,
                dropouts,
                context);
    }

    /** Rows 0 to p of the position table are no token's; at least one has to follow. */
    private static int paddingId(ModelConfig config, EncoderConfig numbers) throws IOException {
        int id = config.integer("pad_token_id", 1);
        if (id < 0 || id >= numbers.vocabularySize() || id + 1 >= numbers.positions()) {
            throw ModelConfig.invalid(
                    "pad_token_id is %s; expected 0 or more, below vocab_size %s and at least 2"
                        + " below max_position_embeddings %s, because positions are counted from it"
                        + " on",
                    id, numbers.vocabularySize(), numbers.positions());
        }
        return id;
    }

    /** transformers' RobertaForSequenceClassification. */
    private static final class Classifier extends EncoderClassifier {
        private final Slot head;

        Classifier(EncoderBody body, TwoLayerHead head) {
            super(body);
            this.head = child("classifier", head);
        }

        @Override
        public List<String> headPaths() {
            return List.of("classifier");
        }

        @Override
        protected NDArray classify(Pass pass, NDArray first) {
            return head.apply(pass, first);
        }
    }
}
