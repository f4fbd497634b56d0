/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.hf.nn;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.nn.Parameter;
import org.lora4j.block.LookupTable;
import org.lora4j.torch.Torch;

/** Rows of a table: ids [..], int64, to vectors [.., H]; the table is [entries, H]. */
public final class EmbeddingBlock extends FamilyBlock implements LookupTable {
    private final Parameter weight;

    /**
     * Wraps a loaded table.
     *
     * @param weight the table
     */
    @SuppressWarnings("this-escape")
    public EmbeddingBlock(NDArray weight) {
        this.weight = loaded("weight", Parameter.Type.WEIGHT, weight);
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
        return new EmbeddingBlock(table);
    }

    @Override
    protected NDList forward(Pass pass, NDList inputs) {
        NDArray ids = inputs.singletonOrThrow();
        NDArray table = pass.value(weight, ids);
        NDArray rows = Torch.embedding(ids, table);
        NDArray own = weight.getArray();
        // a table that an adapter trains may be wider than the model's
        return new NDList(table == own ? rows : Torch.toTypeOf(rows, own));
    }
}
