/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.hf.encoder;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.nn.Block;
import java.io.IOException;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.lora4j.hf.model.Checkpoint;
import org.lora4j.hf.model.TokenClassifier;
import org.lora4j.hf.model.TokenHead;
import org.lora4j.hf.nn.HiddenDropout;
import org.lora4j.hf.nn.TokenRows;
import org.lora4j.torch.Torch;

/**
 * An encoder whose every token is read by one linear layer after a dropout, and in some families
 * goes through other layers before it: transformers' ForTokenClassification and
 * ForQuestionAnswering.
 */
public final class EncoderTokens extends TokenClassifier {
    private final EncoderBody body;
    private final String path;
    private final @Nullable Slot transform;
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
    public EncoderTokens(EncoderBody body, TokenHead head, double dropout, Checkpoint weights)
            throws IOException {
        this(body, null, head.kind().path(), head.outputs(), dropout, weights);
    }

    /**
     * Puts a head of several layers on an encoder.
     *
     * @param body the encoder
     * @param transform what each token goes through before the last layer, under the path "head",
     *     [N, H] to [N, H]; null for nothing
     * @param path the path of the last layer, which is drawn where the tensors lack it
     * @param outputs C, its outputs for each token
     * @param dropout p of the dropout before it; 0 for none
     * @param weights the tensors
     * @throws IOException if there are too many problems to go on
     */
    @SuppressWarnings("this-escape")
    public EncoderTokens(
            EncoderBody body,
            @Nullable Block transform,
            String path,
            int outputs,
            double dropout,
            Checkpoint weights)
            throws IOException {
        super(body.dropouts(), body.context());
        this.body = body;
        this.path = path;
        child(body.name(), body.model());
        this.transform = transform == null ? null : child("head", transform);
        int hidden = body.config().hiddenSize();
        this.output = child(path, weights.linearOrNew(path, hidden, outputs));
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
            if (transform != null) {
                states = transform.apply(pass, states);
            }
            NDArray logits = Torch.toFloat32(output.apply(pass, dropout.apply(pass, states)));
            logits.attach(outer);
            return logits;
        }
    }
}
