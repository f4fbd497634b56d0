/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.hf.encoder;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import java.util.List;
import org.lora4j.block.LoraContext;
import org.lora4j.hf.model.SequenceClassifier;
import org.lora4j.hf.nn.DropoutSwitch;
import org.lora4j.hf.nn.TokenRows;
import org.lora4j.torch.Torch;

/** An {@link EncoderModel} under its family's name; a family adds the head. */
public abstract class EncoderClassifier extends SequenceClassifier {
    private final String name;
    private final Slot model;
    private final EncoderConfig config;

    /**
     * Puts an encoder under its name.
     *
     * @param name the name, such as "bert"
     * @param model the encoder
     * @param config its numbers
     * @param dropouts the switch that the model's dropouts were made with
     * @param context what adapters of the tree share
     */
    @SuppressWarnings("this-escape")
    protected EncoderClassifier(
            String name,
            EncoderModel model,
            EncoderConfig config,
            DropoutSwitch dropouts,
            LoraContext context) {
        super(dropouts, context);
        this.name = name;
        this.model = child(name, model);
        this.config = config;
    }

    /**
     * Runs the head, in the model's precision.
     *
     * @param pass how the model is run
     * @param first the last hidden state of each text's first token [B, H], pooled where there is a
     *     pooler
     * @return [B, C]
     */
    protected abstract NDArray classify(Pass pass, NDArray first);

    @Override
    public final List<String> framePaths() {
        return model().frames(name);
    }

    @Override
    public int maxPositions() {
        return config.positions();
    }

    @Override
    public final String wordTablePath() {
        return name + ".embeddings.word_embeddings";
    }

    @Override
    protected final int loadedVocabularySize() {
        return config.vocabularySize();
    }

    @Override
    public int typeVocabularySize() {
        return config.types() == 0 ? Integer.MAX_VALUE : config.types();
    }

    @Override
    public final int layerCount() {
        return model().layerCount();
    }

    @Override
    public NDArray embed(Pass pass, NDList inputs) {
        return model().embed(pass, inputs);
    }

    @Override
    public final NDArray layer(int index, Pass pass, NDList hidden) {
        return model().layer(index, pass, hidden);
    }

    @Override
    public final NDArray logits(Pass pass, NDList hidden) {
        TokenRows rows = new TokenRows(hidden);
        NDManager outer = rows.hidden().getManager();
        try (NDManager scope = outer.newSubManager()) {
            scope.tempAttachAll(rows.hidden());
            NDArray pooled = model().pool(pass, rows.firstTokens());
            NDArray logits = Torch.toFloat32(rows.inOrderOfTexts(classify(pass, pooled)));
            logits.attach(outer);
            return logits;
        }
    }

    private EncoderModel model() {
        return (EncoderModel) model.block();
    }
}
