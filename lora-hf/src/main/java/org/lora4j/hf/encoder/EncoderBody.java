/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.hf.encoder;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import java.util.List;
import org.lora4j.block.LoraContext;
import org.lora4j.hf.nn.DropoutSwitch;
import org.lora4j.hf.nn.FamilyBlock.Pass;

/**
 * An encoder without a head, and what every head's model is asked about it.
 *
 * @param name its name, such as "bert"
 * @param model its blocks
 * @param config its numbers
 * @param maxPositions the longest sequence that it has positions for
 * @param oneType whether its table of token types has one row, which is every token's, whatever the
 *     tokenizer says of pairs
 * @param dropouts the switch that its dropouts were made with
 * @param context what adapters of the tree share
 */
public record EncoderBody(
        String name,
        EncoderBlocks model,
        EncoderConfig config,
        int maxPositions,
        boolean oneType,
        DropoutSwitch dropouts,
        LoraContext context) {

    /** Returns an encoder whose positions are counted from 0. */
    public static EncoderBody of(
            String name,
            EncoderBlocks model,
            EncoderConfig config,
            DropoutSwitch dropouts,
            LoraContext context) {
        return new EncoderBody(name, model, config, config.positions(), false, dropouts, context);
    }

    List<String> framePaths() {
        return model.frames(name);
    }

    String wordTablePath() {
        return name + "." + model.words();
    }

    int typeVocabularySize() {
        return oneType || config.types() == 0 ? Integer.MAX_VALUE : config.types();
    }

    NDList embed(Pass pass, NDList inputs) {
        if (!oneType) {
            return model.embed(pass, inputs);
        }
        try (NDArray zeros = inputs.get(0).zerosLike()) {
            NDList ofOneType = new NDList(inputs);
            ofOneType.set(1, zeros);
            return model.embed(pass, ofOneType);
        }
    }
}
