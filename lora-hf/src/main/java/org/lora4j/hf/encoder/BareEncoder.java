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
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.lora4j.hf.model.Checkpoint;
import org.lora4j.hf.model.TextEncoder;
import org.lora4j.hf.nn.TokenRows;
import org.lora4j.torch.Torch;

/** An encoder by itself, under its own paths: transformers' bare model. */
public final class BareEncoder extends TextEncoder {
    private final EncoderBody body;

    /**
     * Takes an encoder.
     *
     * @param body the encoder
     */
    @SuppressWarnings("this-escape")
    public BareEncoder(EncoderBody body) {
        super(body.dropouts(), body.context());
        this.body = body;
        child(body.name(), body.model());
    }

    /**
     * Reads the pooler, which an encoder by itself keeps and does not use.
     *
     * @param weights the checkpoint
     * @param path where it is
     * @param hidden H
     * @return the pooler, or null where the checkpoint lacks its weight or its bias
     * @throws IOException if it cannot be read
     */
    public static @Nullable Block pooler(Checkpoint weights, String path, int hidden)
            throws IOException {
        boolean whole = weights.has(path + ".weight") && weights.has(path + ".bias");
        return whole ? weights.linearOrNew(path, hidden, hidden) : null;
    }

    private String below(String path) {
        return path.substring(Math.min(path.length(), body.name().length() + 1));
    }

    @Override
    public List<String> framePaths() {
        return body.framePaths().stream().map(this::below).filter(path -> !path.isEmpty()).toList();
    }

    @Override
    public int maxPositions() {
        return body.maxPositions();
    }

    @Override
    public String wordTablePath() {
        return below(body.wordTablePath());
    }

    @Override
    protected int loadedVocabularySize() {
        return body.config().vocabularySize();
    }

    @Override
    public int typeVocabularySize() {
        return body.typeVocabularySize();
    }

    @Override
    public int layerCount() {
        return body.model().layerCount();
    }

    @Override
    public NDList embed(Pass pass, NDList inputs) {
        return body.embed(pass, inputs);
    }

    @Override
    public NDArray layer(int index, Pass pass, NDList hidden) {
        return body.model().layer(index, pass, hidden, false);
    }

    @Override
    public NDArray logits(Pass pass, NDList hidden) {
        NDArray rows = new TokenRows(hidden).hidden();
        return Torch.toFloat32(body.model().normalise(pass, rows));
    }
}
