/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.hf.nn;

import ai.djl.ndarray.NDList;
import ai.djl.nn.Block;
import java.util.ArrayList;
import java.util.List;

/** Blocks named "0", "1", and so on, as torch's ModuleList names them. */
public final class ModuleList extends FamilyBlock {
    private final List<Slot> slots = new ArrayList<>();

    /**
     * Names blocks by their position.
     *
     * @param blocks the blocks
     */
    public ModuleList(List<? extends Block> blocks) {
        for (int i = 0; i < blocks.size(); i++) {
            slots.add(child(Integer.toString(i), blocks.get(i)));
        }
    }

    /** Returns the places of the blocks, in order. */
    public List<Slot> slots() {
        return slots;
    }

    /** Runs the blocks one after another. */
    @Override
    protected NDList forward(Pass pass, NDList inputs) {
        NDList hidden = inputs;
        for (Slot slot : slots) {
            hidden = slot.apply(pass, hidden);
        }
        return hidden;
    }
}
