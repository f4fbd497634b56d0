/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.hf.mpnet;

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
 * MPNet: RoBERTa without token types, with a bias on attention's scores by the distance of two
 * positions, and with names of its own in the attention. PEFT names no default targets for it; here
 * they are its queries and values. Stateless.
 */
public final class MpnetFamily implements EncoderFamily {
    private static final String MODEL = "mpnet";
    private static final String POOLER = "mpnet.pooler.dense";

    /** Positions are counted from this id on; transformers reads none from the configuration. */
    private static final int PADDING_ID = 1;

    private static final CheckpointNames TENSORS =
            new CheckpointNames(MODEL, List.of("embeddings", "encoder", "pooler"));
    private static final FamilyNames NAMES =
            new FamilyNames(
                    MODEL, List.of("q", "v"), TENSORS::rename, "MPNetForSequenceClassification");

    @Override
    public FamilyNames names() {
        return NAMES;
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
        double dropout = head.kind() == TokenHead.Kind.SPANS ? 0 : body.config().hiddenDropout();
        return new EncoderTokens(body, head, dropout, weights);
    }

    @Override
    public TextEncoder textEncoder(ModelConfig config, Checkpoint weights, LoraContext context)
            throws IOException {
        int hidden = EncoderConfig.ofBert(config, 0).hiddenSize();
        Block pooler = BareEncoder.pooler(weights, POOLER, hidden);
        return new BareEncoder(body(config, weights, pooler, context));
    }

    private static EncoderBody body(
            ModelConfig config, Checkpoint weights, @Nullable Block pooler, LoraContext context)
            throws IOException {
        EncoderConfig numbers = EncoderConfig.ofBert(config, 0).withOneHiddenDropout();
        int positions = numbers.positions() - PADDING_ID - 1;
        if (positions < 1) {
            throw ModelConfig.invalid(
                    "max_position_embeddings is %d; expected %d at least, because positions are"
                            + " counted from the padding token's on",
                    numbers.positions(), PADDING_ID + 2);
        }
        DropoutSwitch dropouts = new DropoutSwitch(context.steps());
        EncoderEmbeddings embeddings =
                new EncoderEmbeddings(
                        MODEL + ".embeddings",
                        numbers,
                        weights,
                        dropouts,
                        PositionIds.afterPadding(PADDING_ID));
        List<BertLayer> layers =
                BertLayer.all(
                        MODEL + ".encoder.layer",
                        path -> new MpnetAttention(path + ".attention", numbers, weights, dropouts),
                        numbers,
                        weights,
                        dropouts);
        MpnetStack stack = new MpnetStack(layers, config, numbers, weights);
        EncoderModel model = new EncoderModel(embeddings, "encoder", stack, pooler);
        return new EncoderBody(MODEL, model, numbers, positions, false, dropouts, context);
    }

    /** transformers' MPNetForSequenceClassification. */
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
