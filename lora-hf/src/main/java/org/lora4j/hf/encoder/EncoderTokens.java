/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.hf.encoder;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import java.io.IOException;
import java.util.List;
import org.lora4j.hf.model.Checkpoint;
import org.lora4j.hf.model.TokenClassifier;
import org.lora4j.hf.model.TokenHead;
import org.lora4j.hf.nn.HiddenDropout;
import org.lora4j.hf.nn.TokenRows;
import org.lora4j.torch.Torch;

/**
 * An encoder whose every token is read by one linear layer after a dropout: transformers'
 * ForTokenClassification and ForQuestionAnswering of BERT, RoBERTa, DistilBERT and their like.
 */
public final class EncoderTokens extends TokenClassifier {
    private final EncoderBody body;
    private final String path;
    private final Slot output;
    private final HiddenDropout dropout;

    /**
     * Puts a head on an encoder.
     *
     * @param body the encoder
     * @param head what its head is for; a layer that the tensors lack is drawn
     * @param dropout p of the dropout before the head; 0 for none
     * @param weights the tensors
     * @throws IOException if there are too many problems to go on
     */
    @SuppressWarnings("this-escape")
    public EncoderTokens(EncoderBody body, TokenHead head, double dropout, Checkpoint weights)
            throws IOException {
        super(body.dropouts(), body.context());
        this.body = body;
        this.path = head.kind().path();
        child(body.name(), body.model());
        int hidden = body.config().hiddenSize();
        this.output = child(path, weights.linearOrNew(path, hidden, head.outputs()));
        this.dropout = new HiddenDropout("dropout", dropout, body.dropouts());
    }

    @Override
    public List<String> headPaths() {
        return List.of(path);
    }

    @Override
    public List<String> framePaths() {
        return body.framePaths();
    }

    @Override
    public int maxPositions() {
        return body.maxPositions();
    }

    @Override
    public String wordTablePath() {
        return body.wordTablePath();
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
        NDManager outer = rows.getManager();
        try (NDManager scope = outer.newSubManager()) {
            scope.tempAttachAll(rows);
            NDArray states = body.model().normalise(pass, rows);
            NDArray logits = Torch.toFloat32(output.apply(pass, dropout.apply(pass, states)));
            logits.attach(outer);
            return logits;
        }
    }
}
