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
import org.lora4j.block.form.AdapterSpec;
import org.lora4j.block.form.EmbeddingForm;
import org.lora4j.block.form.LowRankForm;
import org.lora4j.block.form.WeightForm;
import org.lora4j.block.weight.FrozenBase;
import org.lora4j.block.weight.LookupTable;

/**
 * The lookup table under an adapted embedding: one of DJL's embeddings or a {@link LookupTable}.
 *
 * @param path its module path
 * @param block the block
 * @param paddingIndex the row of padding, or -1
 */
record TableBase(String path, Block block, long paddingIndex) implements LayerBase {
    static TableBase of(String path, Block block) {
        return new TableBase(
                path, block, block instanceof LookupTable table ? table.paddingIndex() : -1);
    }

    @Override
    public String kind() {
        return "Embedding";
    }

    @Override
    public Parameter weight() {
        return block instanceof LookupTable table
                ? table.tableParameter()
                : block.getDirectParameters().get("embedding");
    }

    /** The table, for a superclass that wants an array. */
    NDArray array() {
        return FrozenBase.initialised(path, weight()).getArray();
    }

    /** The form of every adapter. */
    LowRankForm form() {
        Shape shape = weight().getArray().getShape();
        if (paddingIndex < -1 || paddingIndex >= shape.get(0)) {
            throw new IllegalArgumentException(
                    ("padding index %d is no row of a table %s; expected -1 for none, or less than"
                                    + " %d")
                            .formatted(paddingIndex, shape, shape.get(0)));
        }
        return new EmbeddingForm(shape.get(0), shape.get(1), paddingIndex);
    }

    @Override
    public LowRankForm form(AdapterSpec spec) {
        return spec.ofParameter()
                ? WeightForm.ofParameter(path, weight().getArray().getShape(), false)
                : form();
    }

    @Override
    public Block merged(LowRankLayer.Adapters adapters) {
        if (block instanceof LookupTable table) {
            NDArray array = adapters.merge.weight();
            return array == null ? block : table.onTable(array);
        }
        adapters.intoBase();
        return block;
    }
}
