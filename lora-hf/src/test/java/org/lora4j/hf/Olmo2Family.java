/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.hf;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.nn.Block;
import java.io.IOException;
import java.util.List;
import org.lora4j.block.LoraContext;
import org.lora4j.hf.decoder.AttentionMemory;
import org.lora4j.hf.decoder.DecoderBase;
import org.lora4j.hf.decoder.DecoderBodyFamily;
import org.lora4j.hf.decoder.DecoderConfig;
import org.lora4j.hf.decoder.DecoderDefaults;
import org.lora4j.hf.decoder.DecoderLayer;
import org.lora4j.hf.decoder.DecoderParts;
import org.lora4j.hf.model.Checkpoint;
import org.lora4j.hf.model.FamilyNames;
import org.lora4j.hf.model.ModelConfig;
import org.lora4j.hf.nn.FamilyBlock;
import org.lora4j.hf.nn.HiddenDropout;
import org.lora4j.torch.AttentionShape;
import org.lora4j.torch.Torch;

/**
 * A family such as a user writes it, by what is public: OLMo 2, whose layers normalise the result
 * of each half and, in one piece, all queries and all keys of a token.
 */
public final class Olmo2Family extends DecoderBodyFamily {
    private static final DecoderDefaults DEFAULTS = new DecoderDefaults(false, 0, 0, 1e-5, 2048, 1);

    private final String modelType;

    /** As a service. */
    public Olmo2Family() {
        this("olmo2");
    }

    Olmo2Family(String modelType) {
        this.modelType = modelType;
    }

    @Override
    public FamilyNames names() {
        return new FamilyNames(
                modelType, List.of("q_proj", "v_proj"), DecoderParts::rename, "Olmo2ForCausalLM");
    }

    @Override
    protected DecoderBase base(ModelConfig config, Checkpoint weights, LoraContext context)
            throws IOException {
        DecoderConfig numbers = DecoderConfig.of(config, DEFAULTS);
        DecoderParts parts = new DecoderParts(config, numbers, weights, context);
        return parts.base(
                i -> {
                    String path = DecoderParts.path(i);
                    return new Layer(
                            new Attention(i, numbers, parts, weights),
                            parts.mlp(i, false),
                            parts.norm(path + ".post_attention_layernorm"),
                            parts.norm(path + ".post_feedforward_layernorm"));
                });
    }

    private static final class Attention extends FamilyBlock {
        private final int layer;
        private final AttentionShape shape;
        private final HiddenDropout probabilities;
        private final Slot query;
        private final Slot key;
        private final Slot value;
        private final Slot output;
        private final Slot queryNorm;
        private final Slot keyNorm;

        Attention(int layer, DecoderConfig numbers, DecoderParts parts, Checkpoint weights)
                throws IOException {
            this.layer = layer;
            shape = parts.shape(0);
            probabilities = parts.attentionDropout(layer);
            String path = DecoderParts.path(layer) + ".self_attn.";
            int hidden = numbers.hiddenSize();
            int queries = numbers.queryWidth();
            int keys = numbers.keyWidth();
            query = child("q_proj", weights.linear(path + "q_proj", hidden, queries, false));
            key = child("k_proj", weights.linear(path + "k_proj", hidden, keys, false));
            value = child("v_proj", weights.linear(path + "v_proj", hidden, keys, false));
            output = child("o_proj", weights.linear(path + "o_proj", queries, hidden, false));
            double eps = numbers.normEps();
            queryNorm = child("q_norm", weights.rmsNorm(path + "q_norm", queries, eps));
            keyNorm = child("k_norm", weights.rmsNorm(path + "k_norm", keys, eps));
        }

        @Override
        protected NDList forward(Pass pass, NDList inputs) {
            NDArray x = inputs.get(0);
            NDArray q = queryNorm.apply(pass, query.apply(pass, x));
            NDArray k = keyNorm.apply(pass, key.apply(pass, x));
            NDArray v = value.apply(pass, x);
            NDArray attended =
                    AttentionMemory.turnAndAttend(
                            pass,
                            layer,
                            new AttentionMemory.Made(q, k, v),
                            inputs,
                            shape,
                            probabilities);
            return new NDList(output.apply(pass, attended));
        }
    }

    private static final class Layer extends DecoderLayer {
        private final Slot attention;
        private final Slot mlp;
        private final Slot afterAttention;
        private final Slot afterMlp;

        Layer(Block attention, Block mlp, Block afterAttention, Block afterMlp) {
            this.attention = child("self_attn", attention);
            this.mlp = child("mlp", mlp);
            this.afterAttention = child("post_attention_layernorm", afterAttention);
            this.afterMlp = child("post_feedforward_layernorm", afterMlp);
        }

        @Override
        protected NDArray compute(Pass pass, NDArray hidden, NDList state) {
            NDArray attended = attention.apply(pass, state).singletonOrThrow();
            NDArray middle = Torch.add(hidden, afterAttention.apply(pass, attended));
            return Torch.add(middle, afterMlp.apply(pass, mlp.apply(pass, middle)));
        }
    }
}
