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
import org.lora4j.hf.model.Checkpoint;
import org.lora4j.hf.model.ModelConfig;
import org.lora4j.hf.nn.DropoutSwitch;
import org.lora4j.hf.nn.EmbeddingBlock;
import org.lora4j.hf.nn.HiddenDropout;
import org.lora4j.hf.nn.RmsNormBlock;
import org.lora4j.hf.rotary.RotaryFrequencies;
import org.lora4j.torch.AttentionShape;

/**
 * Reads the parts of a decoder by Llama's names: a family says where it differs. Not thread-safe:
 * it belongs to one loading.
 */
public final class DecoderParts {
    private static final List<String> HEADS = List.of("model.", "lm_head.", "score.");

    private final ModelConfig config;
    private final DecoderConfig numbers;
    private final Checkpoint weights;
    private final LoraContext context;
    private final DropoutSwitch dropouts;

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
     * @param context what adapters will share
     */
    public DecoderParts(
            ModelConfig config, DecoderConfig numbers, Checkpoint weights, LoraContext context) {
        this.config = config;
        this.numbers = numbers;
        this.weights = weights;
        this.context = context;
        this.dropouts = new DropoutSwitch(context.steps());
    }

    /**
     * Makes a dropout that the model's switch turns on and off.
     *
     * @param path where it is, as Hugging Face would name the module
     * @param probability p in [0, 1)
     */
    public HiddenDropout dropout(String path, double probability) {
        return new HiddenDropout(path, probability, dropouts);
    }

    /**
     * Builds the model of layers without a head, with Llama's normalisation and without a cap on
     * the logits of a vocabulary projection.
     *
     * @param layers makes each layer
     * @throws IOException if the configuration or the tensors do not make a model
     */
    public DecoderBase base(LayerMaker layers) throws IOException {
        return base(layers, norm("model.norm"), OutputScales.NONE);
    }

    /**
     * Builds the model of layers without a head.
     *
     * @param layers makes each layer
     * @param norm the last normalisation
     * @param scales how word vectors and logits are scaled
     * @throws IOException if the configuration or the tensors do not make a model
     */
    public DecoderBase base(LayerMaker layers, Block norm, OutputScales scales) throws IOException {
        int hidden = numbers.hiddenSize();
        int entries = numbers.vocabularySize();
        EmbeddingBlock words =
                new EmbeddingBlock(
                        weights.read("model.embed_tokens.weight", entries, hidden),
                        numbers.paddingToken());
        List<Block> made = new ArrayList<>();
        for (int i = 0; i < numbers.layers(); i++) {
            made.add(layers.layer(i));
        }
        RotaryFrequencies rotary = RotaryFrequencies.of(config, numbers.headDim());
        DecoderStack stack = new DecoderStack(words, made, norm, rotary, scales.embedding());
        return new DecoderBase(
                DecoderNames.LLAMA,
                stack,
                words,
                entries,
                hidden,
                numbers.maxPositions(),
                new DecoderBase.Output(numbers.tied(), scales.logitCap()),
                numbers.paddingToken(),
                dropouts,
                context);
    }

    /** Gives a tensor's name in the model, also for a checkpoint of the model without its head. */
    public static String rename(String name) {
        return HEADS.stream().anyMatch(name::startsWith) ? name : "model." + name;
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
     * @param projections which projections it has
     */
    public DecoderAttention attention(
            int index, AttentionShape shape, DecoderAttention.Projections projections)
            throws IOException {
        return new DecoderAttention(
                path(index) + ".self_attn",
                index,
                numbers,
                shape,
                projections,
                weights,
                attentionDropout(index));
    }

    /**
     * Makes the dropout of an attention's probabilities, attention_dropout.
     *
     * @param index the layer's index
     */
    public HiddenDropout attentionDropout(int index) {
        return dropout(path(index) + ".self_attn.dropout", numbers.attentionDropout());
    }

    /**
     * Reads a feed-forward part.
     *
     * @param index the layer's index
     * @param bias whether its projections have biases
     */
    public GatedMlp mlp(int index, boolean bias) throws IOException {
        return new GatedMlp(path(index) + ".mlp", numbers, false, bias, weights);
    }
}
