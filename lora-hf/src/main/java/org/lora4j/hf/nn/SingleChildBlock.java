/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.hf.nn;

import ai.djl.ndarray.NDList;
import ai.djl.nn.Block;

/** A module with one child that it passes its inputs to: a level of the path and nothing else. */
public final class SingleChildBlock extends FamilyBlock {
    private final Slot only;

    /**
     * Puts a block under a name.
     *
     * @param name the child's name
     * @param block the child
     */
    @SuppressWarnings("this-escape")
    public SingleChildBlock(String name, Block block) {
        only = child(name, block);
    }

    @Override
    protected NDList forward(Pass pass, NDList inputs) {
        return only.apply(pass, inputs);
    }
}
