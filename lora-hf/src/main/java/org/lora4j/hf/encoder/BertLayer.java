/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.hf.encoder;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
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
    private final EncoderConfig config;
    private final Slot attention;
    private final Slot intermediate;
    private final Slot output;

    @SuppressWarnings("this-escape")
    private BertLayer(String path, EncoderConfig config, Checkpoint weights, DropoutSwitch dropouts)
            throws IOException {
        this.config = config;
        attention =
                child(
                        "attention",
                        new BertAttention(path + ".attention", config, weights, dropouts));
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
        List<BertLayer> all = new ArrayList<>();
        for (int i = 0; i < config.layers(); i++) {
            all.add(new BertLayer(path + "." + i, config, weights, dropouts));
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
