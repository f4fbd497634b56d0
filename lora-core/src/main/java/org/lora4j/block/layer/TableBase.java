/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.block.layer;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.types.Shape;
import ai.djl.nn.Block;
import ai.djl.nn.Parameter;
import org.lora4j.block.form.EmbeddingForm;
import org.lora4j.block.form.LowRankForm;
import org.lora4j.block.weight.FrozenBase;
import org.lora4j.block.weight.LookupTable;

/**
 * The lookup table under an adapted embedding: one of DJL's embeddings or a {@link LookupTable}.
 *
 * @param block the block
 * @param paddingIndex the row of padding, or -1
 */
record TableBase(Block block, long paddingIndex) {
    static TableBase of(Block block) {
        return new TableBase(block, block instanceof LookupTable table ? table.paddingIndex() : -1);
    }

    private Parameter parameter() {
        return block instanceof LookupTable table
                ? table.tableParameter()
                : block.getDirectParameters().get("embedding");
    }

    FrozenBase freeze(String path) {
        return new FrozenBase(path, block, parameter());
    }

    /** The table, for a superclass that wants an array. */
    NDArray array(String path) {
        return FrozenBase.initialised(path, parameter()).getArray();
    }

    LowRankForm form() {
        Shape shape = parameter().getArray().getShape();
        if (paddingIndex < -1 || paddingIndex >= shape.get(0)) {
            throw new IllegalArgumentException(
                    "padding index "
                            + paddingIndex
                            + " is no row of a table "
                            + shape
                            + "; expected -1 for none, or less than "
                            + shape.get(0));
        }
        return new EmbeddingForm(shape.get(0), shape.get(1), paddingIndex);
    }

    /** The block on the merged table: a new one, or where DJL makes none, this one. */
    Block merged(LayerAdapters adapters) {
        if (block instanceof LookupTable table) {
            NDArray array = adapters.merged().weight();
            return array == null ? block : table.onTable(array);
        }
        adapters.intoBase();
        return block;
    }
}
