/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.block.layer;

import ai.djl.MalformedModelException;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import ai.djl.nn.core.Embedding;
import ai.djl.training.ParameterStore;
import ai.djl.util.PairList;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.lora4j.block.LoraContext;
import org.lora4j.block.weight.LookupTable;

/**
 * A frozen lookup table with low-rank corrections: y = E[id] + Σ wᵢ sᵢ Bᵢ Aᵢ[:, id].
 *
 * <p>Shapes: ids [..]; E [entries, size]; A [r, entries]; B [size, r]; y [.., size]; s = alpha / r
 * or alpha / √r; the change of E is s (B A)ᵀ. A new adapter has A = 0 and B ~ N(0, 1), whatever the
 * {@link org.lora4j.core.Init}, so y is the base's to the bit and the first step changes A alone.
 * The column of A at the padding index gets no gradient. There is no dropout: nothing of an id
 * could be dropped. A and B are float32.
 *
 * <p>It extends {@link Embedding} so that it fits fields of that type, and asks the base what its
 * items mean; where a field is a TrainableWordEmbedding, {@link LoraWordEmbedding} is used. {@link
 * #saveParameters} writes the base and the adapters; {@link #loadParameters} also reads what the
 * base alone wrote. Threads: as {@link LoraLinear}.
 *
 * <p>Follows loralib's layers.py, Embedding, and PEFT's tuners/lora/layer.py, Embedding.
 *
 * @param <T> the base's items; of no matter where the base is a {@link LookupTable}
 */
public final class LoraEmbedding<T> extends Embedding<T> implements LowRankLayer {
    private final TableBase base;
    private final Adapters adapters;

    /**
     * Wraps a table whose parameter is initialised; it is frozen, not copied.
     *
     * @param path the layer's module path
     * @param base the table
     * @param context what the blocks of the tree share
     * @throws IllegalStateException if the table is not initialised
     */
    public LoraEmbedding(String path, Embedding<T> base, LoraContext context) {
        this(TableBase.of(path, base), context);
    }

    /**
     * Wraps a table of a model's own class.
     *
     * @param path the layer's module path
     * @param base the table, which brings its padding index
     * @param context what the blocks of the tree share
     * @throws IllegalStateException if the table is not initialised
     */
    public LoraEmbedding(String path, LookupTable base, LoraContext context) {
        this(TableBase.of(path, base), context);
    }

    /**
     * Wraps a table with a padding row, which DJL's own tables do not know of.
     *
     * @param path the layer's module path
     * @param base the table
     * @param context what the blocks of the tree share
     * @param paddingIndex the row of padding, or -1
     * @throws IllegalStateException if the table is not initialised
     * @throws IllegalArgumentException if the table has no such row
     */
    public LoraEmbedding(String path, Embedding<T> base, LoraContext context, long paddingIndex) {
        this(new TableBase(path, base, paddingIndex), context);
    }

    @SuppressWarnings("this-escape")
    private LoraEmbedding(TableBase base, LoraContext context) {
        super(base.array());
        this.base = base;
        base.array().setName(null); // which the superclass gave it
        base.form(); // checks the padding index
        this.adapters = new Adapters(base, context, parameters, children);
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

    /** Returns what knows the items. */
    @SuppressWarnings("unchecked") // the constructors take an Embedding of T, or a LookupTable
    private Embedding<T> items() {
        if (base.block() instanceof Embedding<?> table) {
            return (Embedding<T>) table;
        }
        throw new UnsupportedOperationException(
                path() + " looks ids up; " + base.block().getClass().getName() + " has no items");
    }

    @Override
    public NDArray embed(NDManager manager, T[] items) {
        return items().embed(manager, items);
    }

    @Override
    public boolean hasItem(T item) {
        return items().hasItem(item);
    }

    @Override
    public long embed(T item) {
        return items().embed(item);
    }

    @Override
    public Optional<T> unembed(long index) {
        return items().unembed(index);
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
    public byte[] encode(T item) throws IOException {
        return items().encode(item);
    }

    @Override
    public T decode(byte[] bytes) throws IOException {
        return items().decode(bytes);
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
