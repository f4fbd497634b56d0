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
import org.lora4j.hf.model.SequenceClassifier;
import org.lora4j.hf.nn.TokenRows;
import org.lora4j.torch.Torch;

/** An {@link EncoderBody} under its family's name; a family adds the head. */
public abstract class EncoderClassifier extends SequenceClassifier {
    private final EncoderBody body;

    /**
     * Puts an encoder under its name.
     *
     * @param body the encoder
     */
    @SuppressWarnings("this-escape")
    protected EncoderClassifier(EncoderBody body) {
        super(body.dropouts(), body.context());
        this.body = body;
        child(body.name(), body.model());
    }

    /**
     * Runs the head, in the model's precision.
     *
     * @param pass how the model is run
     * @param text what {@link #texts} gives, by default the last hidden state of each text's first
     *     token [B, H], pooled where there is a pooler
     * @return [B, C]
     */
    protected abstract NDArray classify(Pass pass, NDArray text);

    /** Returns whether the head reads first tokens alone, so that the last layer is cut short. */
    protected boolean readsFirstTokens() {
        return true;
    }

    /**
     * Gives the vector of each text that the head reads.
     *
     * @param pass how the model is run
     * @param rows the last layer's hidden states
     * @return [B, H], in the order of the layout
     */
    protected NDArray texts(Pass pass, TokenRows rows) {
        NDArray first = body.model().normalise(pass, rows.firstTokens());
        return body.model().pool(pass, first);
    }

    /** Returns the encoder. */
    protected final EncoderBody body() {
        return body;
    }

    @Override
    public final List<String> framePaths() {
        return body.framePaths();
    }

    @Override
    public final int maxPositions() {
        return body.maxPositions();
    }

    @Override
    public final String wordTablePath() {
        return body.wordTablePath();
    }

    @Override
    protected final int loadedVocabularySize() {
        return body.config().vocabularySize();
    }

    @Override
    public final int typeVocabularySize() {
        return body.typeVocabularySize();
    }

    @Override
    public final int layerCount() {
        return body.model().layerCount();
    }

    @Override
    public final NDList embed(Pass pass, NDList inputs) {
        return body.embed(pass, inputs);
    }

    @Override
    public final NDArray layer(int index, Pass pass, NDList hidden) {
        return body.model()
                .layer(index, pass, hidden, readsFirstTokens() && index == layerCount() - 1);
    }

    @Override
    public final NDArray logits(Pass pass, NDList hidden) {
        TokenRows rows = new TokenRows(hidden);
        NDManager outer = rows.hidden().getManager();
        try (NDManager scope = outer.newSubManager()) {
            scope.tempAttachAll(rows.hidden());
            NDArray read = classify(pass, texts(pass, rows));
            NDArray logits = Torch.toFloat32(rows.inOrderOfTexts(read));
            logits.attach(outer);
            return logits;
        }
    }
}
