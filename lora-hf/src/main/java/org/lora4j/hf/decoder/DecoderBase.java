/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.hf.decoder;

import ai.djl.nn.Block;
import java.io.IOException;
import org.lora4j.block.LoraContext;
import org.lora4j.hf.model.CausalLanguageModel;
import org.lora4j.hf.model.Checkpoint;
import org.lora4j.hf.model.SequenceClassifier;
import org.lora4j.hf.model.TextEncoder;
import org.lora4j.hf.nn.DropoutSwitch;
import org.lora4j.hf.nn.EmbeddingBlock;

/**
 * A decoder without a head, on which each kind of head is put.
 *
 * @param names what its modules are called
 * @param body its blocks
 * @param words the word table [V, H]
 * @param vocabularySize V
 * @param hiddenSize H
 * @param maxPositions the longest sequence that it was made for
 * @param output what a vocabulary projection is
 * @param paddingToken the token that does not end a text which is classified, or -1 for none
 * @param dropouts the switch that its dropouts were made with
 * @param context what adapters will share
 */
public record DecoderBase(
        DecoderNames names,
        DecoderBody body,
        EmbeddingBlock words,
        int vocabularySize,
        int hiddenSize,
        int maxPositions,
        Output output,
        int paddingToken,
        DropoutSwitch dropouts,
        LoraContext context) {

    /**
     * What a vocabulary projection is.
     *
     * @param tied whether it is the word table
     * @param logitCap c of logits c tanh(logit / c), 0 for none
     */
    public record Output(boolean tied, double logitCap) {}

    /**
     * Puts a vocabulary projection on it, "lm_head".
     *
     * @param weights the tensors
     * @throws IOException if there are too many problems to go on
     */
    public CausalLanguageModel languageModel(Checkpoint weights) throws IOException {
        Block head = weights.head("lm_head", words, vocabularySize, hiddenSize, output.tied());
        return new Decoder(
                names,
                vocabularySize,
                maxPositions,
                body,
                head,
                output.logitCap(),
                dropouts,
                context);
    }

    /**
     * Puts a classification head on it, "score", which reads the last token of each text.
     *
     * @param weights the tensors; a head that is not among them is drawn
     * @param classes C
     * @throws IOException if there are too many problems to go on
     */
    public SequenceClassifier classifier(Checkpoint weights, int classes) throws IOException {
        return new DecoderClassifier(this, weights, classes);
    }

    /** Returns it as a model of its own, under the paths of transformers' bare model. */
    public TextEncoder textEncoder() {
        return new BareDecoder(this);
    }
}
