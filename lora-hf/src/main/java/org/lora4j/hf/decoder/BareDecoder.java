/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.hf.decoder;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import java.util.List;
import org.lora4j.hf.model.TextEncoder;
import org.lora4j.hf.nn.TokenLayout;
import org.lora4j.hf.nn.TokenRows;
import org.lora4j.torch.Torch;

/**
 * A decoder by itself, under its own paths: transformers' bare model, such as Qwen3Model of
 * Qwen3-Embedding. Tokens that the attention mask does not admit are left out, and positions count
 * the others.
 */
final class BareDecoder extends TextEncoder {
    private final DecoderBase base;

    BareDecoder(DecoderBase base) {
        super(base.dropouts(), base.context());
        this.base = base;
        child(base.names().body(), base.body());
    }

    @Override
    public List<String> framePaths() {
        return List.of(base.names().layers());
    }

    @Override
    public int maxPositions() {
        return base.maxPositions();
    }

    @Override
    public String wordTablePath() {
        return base.names().words();
    }

    @Override
    public double wordScale() {
        return base.body().wordScale();
    }

    @Override
    protected int loadedVocabularySize() {
        return base.vocabularySize();
    }

    /** Token types are not read. */
    @Override
    public int typeVocabularySize() {
        return Integer.MAX_VALUE;
    }

    @Override
    public int layerCount() {
        return base.body().layerCount();
    }

    @Override
    public TokenLayout layout(long[] ids, long[] mask, int texts) {
        return TokenLayout.ofAdmitted(mask, texts);
    }

    @Override
    public NDList embed(Pass pass, NDList inputs) {
        return DecoderTexts.embed(base.body(), pass, inputs);
    }

    @Override
    public NDArray layer(int index, Pass pass, NDList hidden) {
        return DecoderTexts.layer(base.body(), index, pass, hidden);
    }

    @Override
    public NDArray logits(Pass pass, NDList hidden) {
        NDArray rows = new TokenRows(hidden).hidden();
        return Torch.toFloat32(base.body().normalise(pass, rows));
    }
}
