/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.hf.decoder;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.nn.Block;
import java.util.List;
import org.lora4j.block.LoraContext;
import org.lora4j.hf.model.CausalLanguageModel;
import org.lora4j.hf.nn.DropoutSwitch;
import org.lora4j.torch.Torch;

/** A {@link DecoderStack} as "model" and a vocabulary projection as "lm_head". */
public final class Decoder extends CausalLanguageModel {
    private final DecoderConfig config;
    private final DecoderStack stack;
    private final Slot head;
    private final double logitCap;

    /**
     * Joins the parts.
     *
     * @param config the decoder's numbers
     * @param stack the model
     * @param head the vocabulary projection, a linear layer
     * @param logitCap c of logits c tanh(logit / c), 0 for none
     * @param dropouts the switch that the parts' dropouts were made with
     * @param context what adapters will share
     */
    @SuppressWarnings("this-escape")
    public Decoder(
            DecoderConfig config,
            DecoderStack stack,
            Block head,
            double logitCap,
            DropoutSwitch dropouts,
            LoraContext context) {
        super(dropouts, context);
        this.config = config;
        this.stack = stack;
        this.logitCap = logitCap;
        child("model", stack);
        this.head = child("lm_head", head);
    }

    @Override
    public List<String> outputPaths() {
        return List.of("lm_head");
    }

    @Override
    public List<String> framePaths() {
        return List.of("model", "model.layers");
    }

    @Override
    public int maxPositions() {
        return config.maxPositions();
    }

    @Override
    public int longestSequence() {
        return stack.frequencies().isUnbounded() ? Integer.MAX_VALUE : maxPositions();
    }

    @Override
    public boolean isReadAnewAt(int length) {
        return stack.frequencies().changesAt(length);
    }

    @Override
    public String wordTablePath() {
        return "model.embed_tokens";
    }

    @Override
    protected int loadedVocabularySize() {
        return config.vocabularySize();
    }

    @Override
    public int layerCount() {
        return stack.layerCount();
    }

    @Override
    public NDList embed(Pass pass, NDList tokens) {
        return stack.embed(pass, tokens);
    }

    @Override
    public NDArray layer(int index, Pass pass, NDList hidden) {
        return stack.layer(index, pass, hidden);
    }

    @Override
    public NDArray logits(Pass pass, NDArray hidden) {
        NDArray normal = stack.normalise(pass, hidden);
        NDArray narrow = head.apply(pass, normal);
        normal.close();
        NDArray logits = Torch.toFloat32(narrow); // itself unless the model has 16 bits
        narrow.close();
        return logitCap == 0 ? logits : Torch.softCap(logits, logitCap);
    }
}
