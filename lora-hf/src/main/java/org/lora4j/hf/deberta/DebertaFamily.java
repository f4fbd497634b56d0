/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.hf.deberta;

import ai.djl.ndarray.NDArray;
import java.io.IOException;
import java.util.List;
import org.lora4j.block.LoraContext;
import org.lora4j.hf.encoder.BareEncoder;
import org.lora4j.hf.encoder.BertLayer;
import org.lora4j.hf.encoder.CheckpointNames;
import org.lora4j.hf.encoder.EncoderBody;
import org.lora4j.hf.encoder.EncoderClassifier;
import org.lora4j.hf.encoder.EncoderEmbeddings;
import org.lora4j.hf.encoder.EncoderModel;
import org.lora4j.hf.encoder.EncoderTokens;
import org.lora4j.hf.encoder.PositionIds;
import org.lora4j.hf.model.Checkpoint;
import org.lora4j.hf.model.EncoderFamily;
import org.lora4j.hf.model.FamilyNames;
import org.lora4j.hf.model.ModelConfig;
import org.lora4j.hf.model.SequenceClassifier;
import org.lora4j.hf.model.TextEncoder;
import org.lora4j.hf.model.TokenClassifier;
import org.lora4j.hf.model.TokenHead;
import org.lora4j.hf.nn.Activation;
import org.lora4j.hf.nn.DropoutSwitch;
import org.lora4j.hf.nn.HiddenDropout;
import org.lora4j.hf.nn.SingleChildBlock;

/**
 * DeBERTa-v2 and v3: BERT whose attention reads relative positions, mostly in place of a table of
 * positions, and whose pooler belongs to the head. The convolution of v2-xlarge is refused.
 * Stateless.
 */
public final class DebertaFamily implements EncoderFamily {
    private static final String MODEL = "deberta";
    private static final CheckpointNames TENSORS =
            new CheckpointNames(MODEL, List.of("embeddings", "encoder"));
    private static final FamilyNames NAMES =
            new FamilyNames(
                    "deberta-v2",
                    List.of("query_proj", "value_proj"),
                    TENSORS::rename,
                    "DebertaV2ForSequenceClassification");

    @Override
    public FamilyNames names() {
        return NAMES;
    }

    @Override
    public String classifierOutput() {
        return "classifier";
    }

    @Override
    public SequenceClassifier sequenceClassifier(
            ModelConfig config, Checkpoint weights, int classes, LoraContext context)
            throws IOException {
        DebertaConfig settings = DebertaConfig.of(config);
        return new Classifier(body(settings, weights, context), settings, weights, classes);
    }

    @Override
    public TokenClassifier tokenClassifier(
            ModelConfig config, Checkpoint weights, TokenHead head, LoraContext context)
            throws IOException {
        DebertaConfig settings = DebertaConfig.of(config);
        double dropout =
                head.kind() == TokenHead.Kind.SPANS ? 0 : settings.numbers().hiddenDropout();
        return new EncoderTokens(body(settings, weights, context), head, dropout, weights);
    }

    @Override
    public TextEncoder textEncoder(ModelConfig config, Checkpoint weights, LoraContext context)
            throws IOException {
        return new BareEncoder(body(DebertaConfig.of(config), weights, context));
    }

    private static EncoderBody body(DebertaConfig config, Checkpoint weights, LoraContext context)
            throws IOException {
        DropoutSwitch dropouts = new DropoutSwitch(context.steps());
        EncoderEmbeddings embeddings =
                new EncoderEmbeddings(
                        MODEL + ".embeddings",
                        config.numbers(),
                        weights,
                        dropouts,
                        config.absolute() ? PositionIds.fromZero() : null,
                        config.embeddingSize());
        String encoder = MODEL + ".encoder";
        List<BertLayer> layers =
                BertLayer.all(
                        encoder + ".layer",
                        path -> {
                            String self = path + ".attention.self";
                            return BertLayer.ofBert(
                                    path,
                                    new DebertaAttention(self, config, weights, dropouts, context),
                                    config.numbers(),
                                    weights,
                                    dropouts);
                        },
                        config.numbers(),
                        weights,
                        dropouts);
        DebertaStack stack = new DebertaStack(encoder, layers, config, weights);
        EncoderModel model = new EncoderModel(embeddings, "encoder", stack, null);
        return EncoderBody.of(MODEL, model, config.numbers(), dropouts, context);
    }

    /** transformers' DebertaV2ForSequenceClassification: classifier(drop(act(dense(drop(x))))). */
    private static final class Classifier extends EncoderClassifier {
        private final Slot pooler;
        private final Slot output;
        private final Activation activation;
        private final HiddenDropout poolerDropout;
        private final HiddenDropout dropout;

        Classifier(EncoderBody body, DebertaConfig config, Checkpoint weights, int classes)
                throws IOException {
            super(body);
            int hidden = config.numbers().hiddenSize();
            pooler =
                    child(
                            "pooler",
                            new SingleChildBlock(
                                    "dense", weights.linearOrNew("pooler.dense", hidden, hidden)));
            output = child("classifier", weights.linearOrNew("classifier", hidden, classes));
            activation = config.pooler().activation();
            poolerDropout =
                    new HiddenDropout("pooler.dropout", config.pooler().dropout(), body.dropouts());
            dropout =
                    new HiddenDropout(
                            "dropout", config.numbers().classifierDropout(), body.dropouts());
        }

        @Override
        public List<String> headPaths() {
            return List.of("classifier");
        }

        @Override
        protected NDArray classify(Pass pass, NDArray first) {
            NDArray pooled = pooler.apply(pass, poolerDropout.apply(pass, first));
            return output.apply(pass, dropout.apply(pass, activation.apply(pooled)));
        }
    }
}
