/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.hf.modernbert;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import java.io.IOException;
import java.util.List;
import org.lora4j.block.LoraContext;
import org.lora4j.hf.encoder.BareEncoder;
import org.lora4j.hf.encoder.CheckpointNames;
import org.lora4j.hf.encoder.EncoderBody;
import org.lora4j.hf.encoder.EncoderClassifier;
import org.lora4j.hf.encoder.EncoderTokens;
import org.lora4j.hf.model.Checkpoint;
import org.lora4j.hf.model.EncoderFamily;
import org.lora4j.hf.model.FamilyNames;
import org.lora4j.hf.model.ModelConfig;
import org.lora4j.hf.model.SequenceClassifier;
import org.lora4j.hf.model.TextEncoder;
import org.lora4j.hf.model.TokenClassifier;
import org.lora4j.hf.model.TokenHead;
import org.lora4j.hf.nn.DropoutSwitch;
import org.lora4j.hf.nn.HiddenDropout;
import org.lora4j.hf.nn.TokenRows;

/**
 * ModernBERT: layers that are normalised first, rotary positions, two layers of three that see a
 * window alone, and a gated feed-forward part. PEFT names no default targets for it; here it is the
 * projection of queries, keys and values. Stateless.
 */
public final class ModernBertFamily implements EncoderFamily {
    private static final String MODEL = "model";
    private static final String CLASSIFIER = "classifier";
    private static final CheckpointNames TENSORS =
            new CheckpointNames(MODEL, List.of("embeddings", "layers", "final_norm"));
    private static final FamilyNames NAMES =
            new FamilyNames(
                    "modernbert",
                    List.of("Wqkv"),
                    TENSORS::rename,
                    "ModernBertForSequenceClassification");

    @Override
    public FamilyNames names() {
        return NAMES;
    }

    @Override
    public String classifierOutput() {
        return CLASSIFIER;
    }

    @Override
    public SequenceClassifier sequenceClassifier(
            ModelConfig config, Checkpoint weights, int classes, LoraContext context)
            throws IOException {
        ModernBertConfig settings = ModernBertConfig.of(config);
        return new Classifier(body(config, settings, weights, context), settings, weights, classes);
    }

    @Override
    public TextEncoder textEncoder(ModelConfig config, Checkpoint weights, LoraContext context)
            throws IOException {
        return new BareEncoder(body(config, ModernBertConfig.of(config), weights, context));
    }

    /** {@inheritDoc} It has the same name whatever the head is for. */
    @Override
    public String tokenHeadPath(TokenHead.Kind kind) {
        return CLASSIFIER;
    }

    @Override
    public TokenClassifier tokenClassifier(
            ModelConfig config, Checkpoint weights, TokenHead head, LoraContext context)
            throws IOException {
        ModernBertConfig settings = ModernBertConfig.of(config);
        return new EncoderTokens(
                body(config, settings, weights, context),
                new ModernBertHead(settings, weights),
                CLASSIFIER,
                head.outputs(),
                settings.numbers().classifierDropout(),
                weights);
    }

    private static EncoderBody body(
            ModelConfig config, ModernBertConfig settings, Checkpoint weights, LoraContext context)
            throws IOException {
        int headDim = settings.numbers().hiddenSize() / settings.numbers().heads();
        DropoutSwitch dropouts = new DropoutSwitch(context.steps());
        ModernBertModel model =
                new ModernBertModel(
                        MODEL,
                        settings,
                        ModernBertRotary.ofWhole(config, headDim),
                        ModernBertRotary.ofWindow(config, headDim),
                        weights,
                        dropouts);
        return EncoderBody.of(MODEL, model, settings.numbers(), dropouts, context);
    }

    /** transformers' ModernBertForSequenceClassification. */
    private static final class Classifier extends EncoderClassifier {
        private final Slot head;
        private final Slot output;
        private final HiddenDropout dropout;
        private final boolean mean;

        Classifier(EncoderBody body, ModernBertConfig config, Checkpoint weights, int classes)
                throws IOException {
            super(body);
            int hidden = config.numbers().hiddenSize();
            double p = config.numbers().classifierDropout();
            head = child(ModernBertHead.NAME, new ModernBertHead(config, weights));
            output = child(CLASSIFIER, weights.linearOrNew(CLASSIFIER, hidden, classes));
            dropout = new HiddenDropout("drop", p, body.dropouts());
            mean = config.head().mean();
        }

        @Override
        public List<String> headPaths() {
            return List.of(CLASSIFIER);
        }

        @Override
        protected boolean readsFirstTokens() {
            return !mean;
        }

        @Override
        public NDArray read(NDList hidden) {
            if (mean) {
                throw new IllegalStateException(
                        "the head of this ModernBERT reads the mean of a text's tokens"
                                + " (classifier_pooling), which is not trained for several adapters"
                                + " at once; train them one after another");
            }
            return super.read(hidden);
        }

        @Override
        protected NDArray texts(Pass pass, TokenRows rows) {
            if (!mean) {
                return super.texts(pass, rows);
            }
            NDArray states = body().model().normalise(pass, rows.hidden());
            return new TokenRows(rows.with(states)).means();
        }

        @Override
        protected NDArray classify(Pass pass, NDArray text) {
            return output.apply(pass, dropout.apply(pass, head.apply(pass, text)));
        }
    }
}
