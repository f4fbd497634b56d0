/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.hf.modernbert;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import org.lora4j.hf.encoder.EncoderBlocks;
import org.lora4j.hf.encoder.EncoderLayer;
import org.lora4j.hf.model.Checkpoint;
import org.lora4j.hf.nn.DropoutSwitch;
import org.lora4j.hf.nn.FamilyBlock;
import org.lora4j.hf.nn.ModuleList;
import org.lora4j.hf.rotary.RotaryFrequencies;
import org.lora4j.hf.rotary.RotaryPositions;
import org.lora4j.torch.Sequences;

/** Embeddings, layers and a last normalisation: transformers' ModernBertModel. */
final class ModernBertModel extends FamilyBlock implements EncoderBlocks {
    private final Slot embeddings;
    private final ModuleList layers;
    private final Slot norm;
    private final RotaryPositions whole;
    private final RotaryPositions window;
    private final boolean local;
    private final int reach;

    @SuppressWarnings("this-escape")
    ModernBertModel(
            String path,
            ModernBertConfig config,
            RotaryFrequencies whole,
            RotaryFrequencies window,
            Checkpoint weights,
            DropoutSwitch dropouts)
            throws IOException {
        this.whole = new RotaryPositions(whole);
        this.window = new RotaryPositions(window);
        local = config.local().contains(true);
        reach = config.reach();
        embeddings =
                child(
                        "embeddings",
                        new ModernBertEmbeddings(path + ".embeddings", config, weights, dropouts));
        List<ModernBertLayer> made = new ArrayList<>();
        for (int i = 0; i < config.numbers().layers(); i++) {
            made.add(new ModernBertLayer(path + ".layers." + i, i, config, weights, dropouts));
        }
        layers = new ModuleList(made);
        child("layers", layers);
        norm =
                child(
                        "final_norm",
                        weights.layerNorm(
                                path + ".final_norm",
                                config.numbers().hiddenSize(),
                                config.numbers().layerNormEps(),
                                config.biases().norm()));
    }

    @Override
    public List<String> frames(String path) {
        return List.of(path, path + ".layers");
    }

    @Override
    public String words() {
        return "embeddings.tok_embeddings";
    }

    @Override
    public int layerCount() {
        return layers.slots().size();
    }

    /** Makes hidden states and {@link SharedArrays}. */
    @Override
    public NDList embed(Pass pass, NDList inputs) {
        NDList state = embeddings.apply(pass, inputs);
        NDArray hidden = state.get(0);
        int columns = Math.toIntExact(inputs.get(0).getShape().get(1));
        long[] positions = inputs.get(2).toLongArray();
        for (int i = 0; i < positions.length; i++) {
            positions[i] %= columns;
        }
        NDManager manager = hidden.getManager();
        try (NDArray places = manager.create(positions);
                NDArray all = manager.create(new long[] {positions.length})) {
            state.addAll(whole.rows(places, all, hidden));
            state.addAll(window.rows(places, all, hidden));
        }
        if (local && columns > reach + 1) {
            state.add(Sequences.band(hidden, columns, reach));
        }
        return state;
    }

    @Override
    public NDArray layer(int index, Pass pass, NDList hidden, boolean firstOnly) {
        return EncoderLayer.run(layers.slots().get(index), pass, hidden, firstOnly);
    }

    @Override
    public NDArray normalise(Pass pass, NDArray rows) {
        return norm.apply(pass, rows);
    }

    /** Runs all of it on ids and token types, without a mask: [B, H]. */
    @Override
    protected NDList forward(Pass pass, NDList inputs) {
        return run(pass, inputs);
    }
}
