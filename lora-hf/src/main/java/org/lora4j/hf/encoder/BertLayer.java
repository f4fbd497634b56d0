/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.hf.encoder;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.nn.Block;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import org.lora4j.hf.model.Checkpoint;
import org.lora4j.hf.nn.DropoutSwitch;
import org.lora4j.hf.nn.SingleChildBlock;

/**
 * BERT's layer, by its names: attention, then a feed-forward part, each followed by a sum with its
 * input and a normalisation.
 */
public final class BertLayer extends EncoderLayer {
    private static final AttentionNames NAMES = new AttentionNames("query", "key", "value", null);

    private final EncoderConfig config;
    private final Slot attention;
    private final Slot intermediate;
    private final Slot output;

    /** Makes the attention part of one layer. */
    public interface AttentionMaker {
        /**
         * Reads the part's tensors.
         *
         * @param path the layer's
         * @return a block from the tokens that ask and the layer's inputs to rows as the first
         * @throws IOException if there are too many problems to go on
         */
        Block attention(String path) throws IOException;
    }

    @SuppressWarnings("this-escape")
    private BertLayer(
            String path,
            Block attention,
            EncoderConfig config,
            Checkpoint weights,
            DropoutSwitch dropouts)
            throws IOException {
        this.config = config;
        this.attention = child("attention", attention);
        int hidden = config.hiddenSize();
        int inner = config.intermediateSize();
        SingleChildBlock dense =
                new SingleChildBlock(
                        "dense", weights.linear(path + ".intermediate.dense", hidden, inner));
        intermediate = child("intermediate", dense);
        output = child("output", new SumNorm(path + ".output", inner, config, weights, dropouts));
    }

    /**
     * Reads a model's layers, named {@code path.0}, {@code path.1} and so on.
     *
     * @param path the module that lists them
     * @param config the encoder's numbers
     * @param weights its tensors
     * @param dropouts its dropouts' switch
     * @throws IOException if there are too many problems to go on
     */
    public static List<BertLayer> all(
            String path, EncoderConfig config, Checkpoint weights, DropoutSwitch dropouts)
            throws IOException {
        return all(
                path,
                layer -> {
                    String self = layer + ".attention.self";
                    return ofBert(
                            layer,
                            new SelfAttention(self, NAMES, config, weights, dropouts),
                            config,
                            weights,
                            dropouts);
                },
                config,
                weights,
                dropouts);
    }

    /**
     * Joins an attention, under "self", with its output layer, sum and normalisation.
     *
     * @param layer the layer's path
     * @param attention the attention
     * @param config the encoder's numbers
     * @param weights its tensors
     * @param dropouts its dropouts' switch
     * @throws IOException if there are too many problems to go on
     */
    public static Block ofBert(
            String layer,
            Block attention,
            EncoderConfig config,
            Checkpoint weights,
            DropoutSwitch dropouts)
            throws IOException {
        return new BertAttention(layer + ".attention", attention, config, weights, dropouts);
    }

    /**
     * Reads a model's layers with an attention part of another kind.
     *
     * @param path the module that lists them
     * @param attention makes the attention part of each
     * @param config the encoder's numbers
     * @param weights its tensors
     * @param dropouts its dropouts' switch
     * @throws IOException if there are too many problems to go on
     */
    public static List<BertLayer> all(
            String path,
            AttentionMaker attention,
            EncoderConfig config,
            Checkpoint weights,
            DropoutSwitch dropouts)
            throws IOException {
        List<BertLayer> all = new ArrayList<>();
        for (int i = 0; i < config.layers(); i++) {
            String layer = path + "." + i;
            Block made = attention.attention(layer);
            all.add(new BertLayer(layer, made, config, weights, dropouts));
        }
        return all;
    }

    @Override
    protected NDArray compute(Pass pass, NDArray queries, NDList inputs) {
        NDList attended = new NDList(inputs);
        attended.add(0, queries);
        NDArray middle = attention.apply(pass, attended).singletonOrThrow();
        NDArray wide = config.activation().apply(intermediate.apply(pass, middle));
        return output.apply(pass, new NDList(wide, middle)).singletonOrThrow();
    }
}
