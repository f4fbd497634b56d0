/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.hf.distilbert;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import org.lora4j.block.LoraContext;
import org.lora4j.hf.encoder.AttentionNames;
import org.lora4j.hf.encoder.BareEncoder;
import org.lora4j.hf.encoder.CheckpointNames;
import org.lora4j.hf.encoder.EncoderBody;
import org.lora4j.hf.encoder.EncoderClassifier;
import org.lora4j.hf.encoder.EncoderConfig;
import org.lora4j.hf.encoder.EncoderEmbeddings;
import org.lora4j.hf.encoder.EncoderLayer;
import org.lora4j.hf.encoder.EncoderModel;
import org.lora4j.hf.encoder.EncoderTokens;
import org.lora4j.hf.encoder.PlainStack;
import org.lora4j.hf.encoder.PositionIds;
import org.lora4j.hf.encoder.SelfAttention;
import org.lora4j.hf.model.Checkpoint;
import org.lora4j.hf.model.EncoderFamily;
import org.lora4j.hf.model.FamilyNames;
import org.lora4j.hf.model.ModelConfig;
import org.lora4j.hf.model.SequenceClassifier;
import org.lora4j.hf.model.TextEncoder;
import org.lora4j.hf.model.TokenClassifier;
import org.lora4j.hf.model.TokenHead;
import org.lora4j.hf.nn.DropoutSwitch;
import org.lora4j.hf.nn.FamilyBlock;
import org.lora4j.hf.nn.HiddenDropout;
import org.lora4j.torch.Torch;

/**
 * DistilBERT: BERT without token types and pooler, its layers under names of their own, without a
 * dropout after the attention. Sinusoidal positions are a table in the checkpoint like any other.
 * Stateless.
 */
public final class DistilBertFamily implements EncoderFamily {
    private static final String MODEL = "distilbert";
    private static final CheckpointNames TENSORS =
            new CheckpointNames(MODEL, List.of("embeddings", "transformer"));
    private static final FamilyNames NAMES =
            new FamilyNames(
                    MODEL,
                    List.of("q_lin", "v_lin"),
                    TENSORS::rename,
                    "DistilBertForSequenceClassification");
    private static final AttentionNames ATTENTION =
            new AttentionNames("q_lin", "k_lin", "v_lin", "out_lin");

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
        return new Classifier(body(config, weights, context), weights, classes);
    }

    @Override
    public TokenClassifier tokenClassifier(
            ModelConfig config, Checkpoint weights, TokenHead head, LoraContext context)
            throws IOException {
        EncoderBody body = body(config, weights, context);
        double dropout =
                head.kind() == TokenHead.Kind.SPANS
                        ? config.probability("qa_dropout", 0.1)
                        : body.config().hiddenDropout();
        return new EncoderTokens(body, head, dropout, weights);
    }

    @Override
    public TextEncoder textEncoder(ModelConfig config, Checkpoint weights, LoraContext context)
            throws IOException {
        return new BareEncoder(body(config, weights, context));
    }

    private static EncoderBody body(ModelConfig config, Checkpoint weights, LoraContext context)
            throws IOException {
        EncoderConfig numbers = EncoderConfig.ofDistilBert(config);
        DropoutSwitch dropouts = new DropoutSwitch(context.steps());
        EncoderEmbeddings embeddings =
                new EncoderEmbeddings(
                        MODEL + ".embeddings", numbers, weights, dropouts, PositionIds.fromZero());
        List<Layer> layers = new ArrayList<>();
        for (int i = 0; i < numbers.layers(); i++) {
            layers.add(new Layer(MODEL + ".transformer.layer." + i, numbers, weights, dropouts));
        }
        EncoderModel model =
                new EncoderModel(embeddings, "transformer", new PlainStack(layers), null);
        return EncoderBody.of(MODEL, model, numbers, dropouts, context);
    }

    /** transformers' DistilBertForSequenceClassification. */
    private static final class Classifier extends EncoderClassifier {
        private final Slot dense;
        private final Slot output;
        private final HiddenDropout dropout;

        Classifier(EncoderBody body, Checkpoint weights, int classes) throws IOException {
            super(body);
            int hidden = body.config().hiddenSize();
            dense = child("pre_classifier", weights.linearOrNew("pre_classifier", hidden, hidden));
            output = child("classifier", weights.linearOrNew("classifier", hidden, classes));
            double p = body.config().classifierDropout();
            dropout = new HiddenDropout("dropout", p, body.dropouts());
        }

        /** Both layers: PEFT's "classifier" ends the name of either. */
        @Override
        public List<String> headPaths() {
            return List.of("pre_classifier", "classifier");
        }

        @Override
        protected NDArray classify(Pass pass, NDArray first) {
            NDArray middle = Torch.relu(dense.apply(pass, first));
            return output.apply(pass, dropout.apply(pass, middle));
        }
    }

    /** Attention and a feed-forward part, each followed by a sum and a normalisation. */
    private static final class Layer extends EncoderLayer {
        private final Slot attention;
        private final Slot attentionNorm;
        private final Slot feedForward;
        private final Slot outputNorm;

        Layer(String path, EncoderConfig config, Checkpoint weights, DropoutSwitch dropouts)
                throws IOException {
            attention =
                    child(
                            "attention",
                            new SelfAttention(
                                    path + ".attention", ATTENTION, config, weights, dropouts));
            attentionNorm = norm(path, "sa_layer_norm", config, weights);
            feedForward = child("ffn", new FeedForward(path + ".ffn", config, weights, dropouts));
            outputNorm = norm(path, "output_layer_norm", config, weights);
        }

        private Slot norm(String path, String name, EncoderConfig config, Checkpoint weights)
                throws IOException {
            double eps = config.layerNormEps();
            return child(name, weights.layerNorm(path + "." + name, config.hiddenSize(), eps));
        }

        @Override
        protected NDArray compute(Pass pass, NDArray queries, NDList inputs) {
            NDList asked = new NDList(inputs);
            asked.add(0, queries);
            NDArray attended = attention.apply(pass, asked).singletonOrThrow();
            NDArray middle =
                    attentionNorm.apply(pass, new NDList(attended, queries)).singletonOrThrow();
            NDArray out = feedForward.apply(pass, middle);
            return outputNorm.apply(pass, new NDList(out, middle)).singletonOrThrow();
        }
    }

    /** drop(lin2(activation(lin1(x)))). */
    private static final class FeedForward extends FamilyBlock {
        private final EncoderConfig config;
        private final Slot wide;
        private final Slot narrow;
        private final HiddenDropout dropout;

        FeedForward(String path, EncoderConfig config, Checkpoint weights, DropoutSwitch dropouts)
                throws IOException {
            this.config = config;
            int hidden = config.hiddenSize();
            int inner = config.intermediateSize();
            wide = child("lin1", weights.linear(path + ".lin1", hidden, inner));
            narrow = child("lin2", weights.linear(path + ".lin2", inner, hidden));
            dropout = new HiddenDropout(path + ".dropout", config.hiddenDropout(), dropouts);
        }

        @Override
        protected NDList forward(Pass pass, NDList inputs) {
            NDArray x = wide.apply(pass, inputs.singletonOrThrow());
            NDArray out = narrow.apply(pass, config.activation().apply(x));
            return new NDList(dropout.apply(pass, out));
        }
    }
}
