/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.hf.nn;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.nn.Parameter;
import org.lora4j.block.weight.LookupTable;
import org.lora4j.torch.Sequences;
import org.lora4j.torch.Torch;

/** Rows of a table: ids [..], int64, to vectors [.., H]; the table is [entries, H]. */
public final class EmbeddingBlock extends FamilyBlock implements LookupTable {
    private final Parameter weight;
    private final long paddingIndex;

    /**
     * Wraps a loaded table.
     *
     * @param weight the table
     */
    public EmbeddingBlock(NDArray weight) {
        this(weight, -1);
    }

    /**
     * Wraps a loaded table with a row of padding, which gets no gradient.
     *
     * @param weight the table
     * @param paddingIndex the row, or -1 for none
     */
    @SuppressWarnings("this-escape")
    public EmbeddingBlock(NDArray weight, long paddingIndex) {
        this.weight = loaded("weight", Parameter.Type.WEIGHT, weight);
        this.paddingIndex = paddingIndex;
    }

    /** Returns the table. */
    public NDArray table() {
        return weight.getArray();
    }

    @Override
    public Parameter tableParameter() {
        return weight;
    }

    @Override
    public EmbeddingBlock onTable(NDArray table) {
        return new EmbeddingBlock(
                table, paddingIndex < table.getShape().get(0) ? paddingIndex : -1);
    }

    @Override
    public long paddingIndex() {
        return paddingIndex;
    }

    @Override
    protected NDList forward(Pass pass, NDList inputs) {
        NDArray ids = inputs.singletonOrThrow();
        NDArray table = pass.value(weight, ids);
        NDArray rows =
                paddingIndex < 0
                        ? Torch.embedding(ids, table)
                        : Sequences.embedding(ids, table, paddingIndex);
        NDArray own = weight.getArray();
        // a table that an adapter trains may be wider than the model's
        return new NDList(table == own ? rows : Torch.toTypeOf(rows, own));
    }
}
