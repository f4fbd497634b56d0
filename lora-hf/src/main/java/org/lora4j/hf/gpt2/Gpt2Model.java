/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.hf.gpt2;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import java.io.IOException;
import java.util.List;
import org.lora4j.block.LoraContext;
import org.lora4j.hf.model.CausalLanguageModel;
import org.lora4j.hf.model.Checkpoint;
import org.lora4j.hf.nn.DropoutSwitch;
import org.lora4j.hf.nn.EmbeddingBlock;
import org.lora4j.torch.Torch;

/** GPT-2 with its vocabulary projection. */
final class Gpt2Model extends CausalLanguageModel {
    private final Gpt2Config config;
    private final Gpt2Stack stack;
    private final Slot head;

    @SuppressWarnings("this-escape")
    private Gpt2Model(
            Gpt2Config config, Checkpoint weights, DropoutSwitch dropouts, LoraContext context)
            throws IOException {
        super(dropouts, context);
        this.config = config;
        int hidden = config.hiddenSize();
        EmbeddingBlock words =
                weights.embedding("transformer.wte", config.vocabularySize(), hidden);
        stack = new Gpt2Stack(words, config, weights, dropouts);
        child("transformer", stack);
        int entries = config.vocabularySize();
        head = child("lm_head", weights.head("lm_head", words, entries, hidden, config.tied()));
    }

    static Gpt2Model read(Gpt2Config config, Checkpoint weights, LoraContext context)
            throws IOException {
        return new Gpt2Model(config, weights, new DropoutSwitch(context.steps()), context);
    }

    @Override
    public List<String> outputPaths() {
        return List.of("lm_head");
    }

    @Override
    public List<String> framePaths() {
        return List.of("transformer", "transformer.h");
    }

    @Override
    public int maxPositions() {
        return config.positions();
    }

    @Override
    public String wordTablePath() {
        return "transformer.wte";
    }

    @Override
    protected int loadedVocabularySize() {
        return config.vocabularySize();
    }

    @Override
    public int layerCount() {
        return config.layers();
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
        return logits;
    }
}
