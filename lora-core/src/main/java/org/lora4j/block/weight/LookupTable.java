/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.block.weight;

import ai.djl.ndarray.NDArray;
import ai.djl.nn.Block;
import ai.djl.nn.Parameter;

/**
 * A block that looks rows up, ids [..] to [.., size], and is none of DJL's own embeddings: how a
 * model's own class lets its table be adapted.
 */
public interface LookupTable extends Block {
    /** Returns the table [entries, size], one of the block's own parameters. */
    Parameter tableParameter();

    /** Returns the row of padding, whose adapter gets no gradient, or -1. */
    default long paddingIndex() {
        return -1;
    }

    /**
     * Returns a block that does the same with another table.
     *
     * @param table [entries, size]
     */
    Block onTable(NDArray table);
}
