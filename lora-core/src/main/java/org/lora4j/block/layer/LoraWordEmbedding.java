/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.block.layer;

import ai.djl.MalformedModelException;
import ai.djl.modality.nlp.embedding.EmbeddingException;
import ai.djl.modality.nlp.embedding.TrainableWordEmbedding;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import ai.djl.training.ParameterStore;
import ai.djl.util.PairList;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.lora4j.block.LoraContext;

/**
 * A {@link LoraEmbedding} for fields of type {@link TrainableWordEmbedding}, as in DJL's
 * TrainableTextEmbedding: the same layer, which extends that class and asks the base for its
 * vocabulary. Items that the base embeds outside of a forward pass, by embedWord, are without
 * adapters.
 */
public final class LoraWordEmbedding extends TrainableWordEmbedding implements LowRankLayer {
    private final TrainableWordEmbedding base;
    private final Adapters adapters;

    /**
     * Wraps a table whose parameter is initialised; it is frozen, not copied.
     *
     * @param path the layer's module path
     * @param base the table
     * @param context what the blocks of the tree share
     * @throws IllegalStateException if the table is not initialised
     */
    @SuppressWarnings("this-escape")
    public LoraWordEmbedding(String path, TrainableWordEmbedding base, LoraContext context) {
        super(builder().setEmbeddingSize(1));
        this.base = base;
        this.adapters = new Adapters(TableBase.of(path, base), context, parameters, children);
        this.numEmbeddings = Math.toIntExact(weightShape().get(0));
        this.embeddingSize = Math.toIntExact(weightShape().get(1));
        inputShapes = new Shape[] {new Shape(-1)};
        inputNames = List.of("ids");
    }

    @Override
    public Adapters adapters() {
        return adapters;
    }

    @Override
    public void initialize(NDManager manager, DataType dataType, Shape... inputShapes) {
        // the base and the adapters have their arrays
        context().trained().restore();
    }

    @Override
    public NDArray embed(NDManager manager, String[] items) {
        return base.embed(manager, items);
    }

    @Override
    public boolean vocabularyContains(String word) {
        return base.vocabularyContains(word);
    }

    @Override
    public long preprocessWordToEmbed(String word) {
        return base.preprocessWordToEmbed(word);
    }

    @Override
    public NDArray embedWord(NDArray word) throws EmbeddingException {
        return base.embedWord(word);
    }

    @Override
    public String unembedWord(NDArray word) {
        return base.unembedWord(word);
    }

    @Override
    public boolean hasItem(String item) {
        return base.hasItem(item);
    }

    @Override
    public long embed(String item) {
        return base.embed(item);
    }

    @Override
    public Optional<String> unembed(long index) {
        return base.unembed(index);
    }

    @Override
    protected NDList forwardInternal(
            ParameterStore store,
            NDList inputs,
            boolean training,
            @Nullable PairList<String, Object> params) {
        return adapters.forward(store, inputs.head(), training, params);
    }

    @Override
    public byte[] encode(String item) {
        return base.encode(item);
    }

    @Override
    public String decode(byte[] bytes) {
        return base.decode(bytes);
    }

    @Override
    public void saveParameters(DataOutputStream os) throws IOException {
        adapters.save(os);
    }

    @Override
    public void loadParameters(NDManager manager, DataInputStream is)
            throws IOException, MalformedModelException {
        adapters.load(manager, is, this);
    }
}
