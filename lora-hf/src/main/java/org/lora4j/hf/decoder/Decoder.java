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

/** A {@link DecoderBody} and a vocabulary projection, "lm_head". */
public final class Decoder extends CausalLanguageModel {
    private final DecoderNames names;
    private final int vocabularySize;
    private final int maxPositions;
    private final DecoderBody body;
    private final Slot head;
    private final double logitCap;

    /**
     * Joins the parts.
     *
     * @param names what they are called
     * @param vocabularySize the entries of the word table
     * @param maxPositions the longest sequence that the model was made for
     * @param body the model without its head
     * @param head the vocabulary projection, a linear layer
     * @param logitCap c of logits c tanh(logit / c), 0 for none
     * @param dropouts the switch that the parts' dropouts were made with
     * @param context what adapters will share
     */
    @SuppressWarnings("this-escape")
    public Decoder(
            DecoderNames names,
            int vocabularySize,
            int maxPositions,
            DecoderBody body,
            Block head,
            double logitCap,
            DropoutSwitch dropouts,
            LoraContext context) {
        super(dropouts, context);
        this.names = names;
        this.vocabularySize = vocabularySize;
        this.maxPositions = maxPositions;
        this.body = body;
        this.logitCap = logitCap;
        child(names.body(), body);
        this.head = child("lm_head", head);
    }

    @Override
    public List<String> outputPaths() {
        return List.of("lm_head");
    }

    @Override
    public List<String> framePaths() {
        return List.of(names.body(), names.body() + "." + names.layers());
    }

    @Override
    public int maxPositions() {
        return maxPositions;
    }

    @Override
    public int longestSequence() {
        return body.isUnbounded() ? Integer.MAX_VALUE : maxPositions;
    }

    @Override
    public boolean isReadAnewAt(int length) {
        return body.changesAt(length);
    }

    @Override
    public String wordTablePath() {
        return names.body() + "." + names.words();
    }

    @Override
    public double wordScale() {
        return body.wordScale();
    }

    @Override
    protected int loadedVocabularySize() {
        return vocabularySize;
    }

    @Override
    public int layerCount() {
        return body.layerCount();
    }

    @Override
    public NDList embed(Pass pass, NDList tokens) {
        return body.embed(pass, tokens);
    }

    @Override
    public NDArray layer(int index, Pass pass, NDList hidden) {
        return body.layer(index, pass, hidden);
    }

    @Override
    public NDArray logits(Pass pass, NDArray hidden) {
        NDArray narrow = lossLogits(pass, hidden);
        NDArray logits = Torch.toFloat32(narrow); // itself unless it has 16 bits
        narrow.close();
        return logits;
    }

    @Override
    public NDArray lossLogits(Pass pass, NDArray hidden) {
        NDArray normal = body.normalise(pass, hidden);
        NDArray narrow = head.apply(pass, normal);
        normal.close();
        if (logitCap == 0) {
            return narrow;
        }
        NDArray logits = Torch.toFloat32(narrow);
        narrow.close();
        return Torch.softCap(logits, logitCap);
    }
}
