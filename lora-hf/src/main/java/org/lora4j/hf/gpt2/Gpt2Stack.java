/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.hf.gpt2;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import org.lora4j.hf.decoder.DecoderBody;
import org.lora4j.hf.model.Checkpoint;
import org.lora4j.hf.nn.DropoutSwitch;
import org.lora4j.hf.nn.EmbeddingBlock;
import org.lora4j.hf.nn.FamilyBlock;
import org.lora4j.hf.nn.HiddenDropout;
import org.lora4j.hf.nn.ModuleList;
import org.lora4j.torch.Torch;

/** Word and position tables, the layers and the last normalisation: "transformer". */
final class Gpt2Stack extends FamilyBlock implements DecoderBody {
    private final Slot words;
    private final Slot places;
    private final ModuleList layers;
    private final Slot norm;
    private final HiddenDropout dropout;
    private final int positionCount;

    @SuppressWarnings("this-escape")
    Gpt2Stack(EmbeddingBlock table, Gpt2Config config, Checkpoint weights, DropoutSwitch dropouts)
            throws IOException {
        int hidden = config.hiddenSize();
        words = child("wte", table);
        positionCount = config.positions();
        places = child("wpe", weights.embedding("transformer.wpe", config.positions(), hidden));
        List<Gpt2Layer> made = new ArrayList<>();
        for (int i = 0; i < config.layers(); i++) {
            made.add(new Gpt2Layer(i, config, weights, dropouts));
        }
        layers = new ModuleList(made);
        child("h", layers);
        norm = child("ln_f", weights.layerNorm("transformer.ln_f", hidden, config.eps()));
        dropout = new HiddenDropout("transformer.drop", config.dropouts().embedding(), dropouts);
    }

    @Override
    public NDList embed(Pass pass, NDList tokens) {
        requirePlaces(tokens.get(1).toLongArray());
        NDArray word = words.apply(pass, tokens.get(0));
        NDArray sum = Torch.add(word, places.apply(pass, tokens.get(1)));
        return new NDList(dropout.apply(pass, sum), tokens.get(2));
    }

    /** A row beside the table would be an error of the device, which on some ends the process. */
    private void requirePlaces(long[] positions) {
        for (long position : positions) {
            if (position >= positionCount) {
                throw new IllegalArgumentException(
                        "a sequence has a token at position "
                                + position
                                + ", counted from 0; expected at most "
                                + positionCount
                                + " tokens (n_positions), the entries of the model's position"
                                + " table. Shorten the text");
            }
        }
    }

    @Override
    public ModuleList layers() {
        return layers;
    }

    @Override
    public Slot norm() {
        return norm;
    }

    /** Runs all of it on ids, positions and lengths: [N, H]. */
    @Override
    protected NDList forward(Pass pass, NDList inputs) {
        return run(pass, inputs);
    }
}
