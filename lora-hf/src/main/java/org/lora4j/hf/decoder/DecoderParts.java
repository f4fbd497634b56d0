/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.hf.decoder;

import ai.djl.nn.Block;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import org.lora4j.block.LoraContext;
import org.lora4j.hf.Checkpoint;
import org.lora4j.hf.ModelConfig;
import org.lora4j.hf.nn.EmbeddingBlock;
import org.lora4j.hf.nn.RmsNormBlock;
import org.lora4j.torch.AttentionShape;

/**
 * Reads the parts of a decoder by Llama's names: a family says where it differs. Not thread-safe:
 * it belongs to one loading.
 */
public final class DecoderParts {
    private final ModelConfig config;
    private final DecoderConfig numbers;
    private final Checkpoint weights;

    /** Makes one layer. */
    public interface LayerMaker {
        /**
         * Reads the layer's tensors.
         *
         * @param index the layer's index
         * @throws IOException if there are too many problems to go on
         */
        Block layer(int index) throws IOException;
    }

    /**
     * Starts to read.
     *
     * @param config config.json
     * @param numbers its numbers
     * @param weights the tensors
     */
    public DecoderParts(ModelConfig config, DecoderConfig numbers, Checkpoint weights) {
        this.config = config;
        this.numbers = numbers;
        this.weights = weights;
    }

    /**
     * Builds the model of layers, with Llama's normalisation and without a cap on logits.
     *
     * @param layers makes each layer
     * @param context what adapters will share
     * @throws IOException if the configuration or the tensors do not make a model
     */
    public Decoder decoder(LayerMaker layers, LoraContext context) throws IOException {
        return decoder(layers, norm("model.norm"), OutputScales.NONE, context);
    }

    /**
     * Builds the model of layers.
     *
     * @param layers makes each layer
     * @param norm the last normalisation
     * @param scales how word vectors and logits are scaled
     * @param context what adapters will share
     * @throws IOException if the configuration or the tensors do not make a model
     */
    public Decoder decoder(LayerMaker layers, Block norm, OutputScales scales, LoraContext context)
            throws IOException {
        int hidden = numbers.hiddenSize();
        EmbeddingBlock words =
                weights.embedding("model.embed_tokens", numbers.vocabularySize(), hidden);
        List<Block> made = new ArrayList<>();
        for (int i = 0; i < numbers.layers(); i++) {
            made.add(layers.layer(i));
        }
        Block head =
                numbers.tied()
                        ? weights.tiedHead(words)
                        : weights.linear("lm_head", hidden, numbers.vocabularySize(), false);
        RotaryFrequencies rotary = RotaryFrequencies.of(config, numbers.headDim());
        DecoderStack stack = new DecoderStack(words, made, norm, rotary, scales.embedding());
        return new Decoder(numbers, stack, head, scales.logitCap(), context);
    }

    /** Returns the path of a layer. */
    public static String path(int index) {
        return "model.layers." + index;
    }

    /**
     * Reads a normalisation over the hidden size.
     *
     * @param path the module
     */
    public RmsNormBlock norm(String path) throws IOException {
        return weights.rmsNorm(path, numbers.hiddenSize(), numbers.normEps());
    }

    /**
     * Reads the normalisations of Llama's layer and joins it.
     *
     * @param index the layer's index
     * @param attention self_attn
     * @param mlp mlp
     */
    public PreNormLayer layer(int index, Block attention, Block mlp) throws IOException {
        return new PreNormLayer(
                attention,
                mlp,
                norm(path(index) + ".input_layernorm"),
                norm(path(index) + ".post_attention_layernorm"));
    }

    /**
     * Returns how a head attends: scores times 1/√d, without a cap.
     *
     * @param window how many positions up to its own a position sees; 0 for all
     */
    public AttentionShape shape(int window) {
        return new AttentionShape(
                numbers.heads(),
                numbers.keyValueHeads(),
                1 / Math.sqrt(numbers.headDim()),
                window,
                0);
    }

    /**
     * Reads an attention.
     *
     * @param index the layer's index
     * @param shape how it attends
     * @param biases which projections have biases
     */
    public DecoderAttention attention(
            int index, AttentionShape shape, DecoderAttention.Biases biases) throws IOException {
        return new DecoderAttention(
                path(index) + ".self_attn", index, numbers, shape, biases, weights);
    }

    /**
     * Reads a feed-forward part.
     *
     * @param index the layer's index
     * @param bias whether its projections have biases
     */
    public GatedMlp mlp(int index, boolean bias) throws IOException {
        return new GatedMlp(path(index) + ".mlp", numbers, bias, weights);
    }
}
