/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.hf;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDArrays;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.index.NDIndex;
import ai.djl.nn.Activation;
import ai.djl.nn.Block;
import ai.djl.nn.Parameter;
import java.io.IOException;
import java.util.List;
import org.lora4j.block.LoraContext;
import org.lora4j.hf.decoder.DecoderAttention.Projections;
import org.lora4j.hf.decoder.DecoderBase;
import org.lora4j.hf.decoder.DecoderBodyFamily;
import org.lora4j.hf.decoder.DecoderConfig;
import org.lora4j.hf.decoder.DecoderDefaults;
import org.lora4j.hf.decoder.DecoderParts;
import org.lora4j.hf.model.Checkpoint;
import org.lora4j.hf.model.FamilyNames;
import org.lora4j.hf.model.ModelConfig;
import org.lora4j.hf.nn.FamilyBlock;

/**
 * A mixture of experts such as a user writes it: Mixtral, whose experts' weights are two tensors
 * with three dimensions, read as transformers names them in memory. It computes every expert on
 * every token, with DJL's own operations.
 */
public final class MixtralFamily extends DecoderBodyFamily {
    @Override
    public FamilyNames names() {
        return new FamilyNames(
                "mixtral", List.of("q_proj", "v_proj"), DecoderParts::rename, "MixtralForCausalLM");
    }

    @Override
    protected DecoderBase base(ModelConfig config, Checkpoint weights, LoraContext context)
            throws IOException {
        DecoderConfig numbers = DecoderConfig.of(config, DecoderDefaults.LLAMA);
        DecoderParts parts = new DecoderParts(config, numbers, weights, context);
        int experts = config.integer("num_local_experts", 8);
        int chosen = config.integer("num_experts_per_tok", 2);
        return parts.base(
                i ->
                        parts.layer(
                                i,
                                parts.attention(i, parts.shape(0), Projections.of(false, false)),
                                new Mixture(
                                        new Router(i, numbers, experts, chosen, weights),
                                        new Experts(i, numbers, experts, weights))));
    }

    private static final class Mixture extends FamilyBlock {
        private final Slot router;
        private final Slot experts;

        Mixture(Block router, Block experts) {
            this.router = child("gate", router);
            this.experts = child("experts", experts);
        }

        @Override
        protected NDList forward(Pass pass, NDList inputs) {
            NDArray x = inputs.singletonOrThrow();
            return experts.apply(pass, new NDList(x, router.apply(pass, x)));
        }
    }

    /** The weight of each expert for each token, 0 for those that are not chosen. */
    private static final class Router extends FamilyBlock {
        private final Parameter weight;
        private final int chosen;

        Router(int layer, DecoderConfig numbers, int experts, int chosen, Checkpoint weights)
                throws IOException {
            String path = DecoderParts.path(layer) + ".mlp.gate.weight";
            NDArray array = weights.read(path, experts, numbers.hiddenSize());
            weight = loaded("weight", Parameter.Type.WEIGHT, array);
            this.chosen = chosen;
        }

        @Override
        protected NDList forward(Pass pass, NDList inputs) {
            NDArray x = inputs.singletonOrThrow();
            NDArray p = x.matMul(pass.value(weight, x).transpose()).softmax(-1);
            NDArray least = p.topK(chosen, -1).get(0).min(new int[] {-1}, true).stopGradient();
            NDArray kept = p.mul(p.gte(least).toType(p.getDataType(), true));
            return new NDList(kept.div(kept.sum(new int[] {-1}, true)));
        }
    }

    private static final class Experts extends FamilyBlock {
        private final Parameter gateUp;
        private final Parameter down;
        private final int experts;

        Experts(int layer, DecoderConfig numbers, int experts, Checkpoint weights)
                throws IOException {
            String path = DecoderParts.path(layer) + ".mlp.experts.";
            int hidden = numbers.hiddenSize();
            int inner = numbers.intermediateSize();
            NDArray first = weights.read(path + "gate_up_proj", experts, 2L * inner, hidden);
            NDArray second = weights.read(path + "down_proj", experts, hidden, inner);
            gateUp = loaded("gate_up_proj", Parameter.Type.WEIGHT, first);
            down = loaded("down_proj", Parameter.Type.WEIGHT, second);
            this.experts = experts;
        }

        @Override
        protected NDList forward(Pass pass, NDList inputs) {
            NDArray x = inputs.get(0);
            NDArray shares = inputs.get(1);
            NDArray first = pass.value(gateUp, x);
            NDArray second = pass.value(down, x);
            long inner = first.getShape().get(1) / 2;
            NDManager manager = x.getManager();
            NDArray sum = manager.zeros(x.getShape());
            for (int e = 0; e < experts; e++) {
                NDArray made = x.matMul(first.get(e).transpose());
                NDArray gate = made.get(new NDIndex("..., :{}", inner));
                NDArray up = made.get(new NDIndex("..., {}:", inner));
                NDArray gated = NDArrays.mul(gate, Activation.sigmoid(gate), up);
                NDArray out = gated.matMul(second.get(e).transpose());
                sum = sum.add(out.mul(shares.get(new NDIndex("..., {}:{}", e, e + 1))));
            }
            return new NDList(sum);
        }
    }
}
