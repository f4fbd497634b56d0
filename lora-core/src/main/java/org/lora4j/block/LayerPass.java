/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.block;

import org.jspecify.annotations.Nullable;
import org.lora4j.block.pass.RowLayout;
import org.lora4j.block.pass.SelectedAdapters;

/**
 * The run of one layer in a pass.
 *
 * <p>Closing it ends the pass that the layer had to open for itself, or does nothing inside a pass
 * of the thread.
 *
 * @param all the adapters of the pass, whichever rows use them
 * @param layout where the rows of each text are, if texts have adapters of their own and the
 *     batch's rows are known
 * @param opened the selections in which the layer opened a pass for itself, or null
 * @param loose whether the thread is in no scope either
 */
public record LayerPass(
        SelectedAdapters all,
        @Nullable RowLayout layout,
        @Nullable ActiveAdapters opened,
        boolean loose)
        implements AutoCloseable {
    /**
     * Returns the adapters of all rows.
     *
     * @throws IllegalStateException if texts have adapters of their own, which the caller does not
     *     know of
     */
    public SelectedAdapters adapters() {
        if (all.rows() != null) {
            throw new IllegalStateException(
                    "the texts of this batch have adapters of their own, and a module of the model"
                            + " cannot run such a batch; run the texts of each adapter by"
                            + " themselves");
        }
        return all;
    }

    /**
     * Returns where the rows of each text are if texts have adapters of their own, else null.
     *
     * @throws IllegalStateException if they have, and nobody said where their rows are
     */
    public @Nullable RowLayout rows() {
        if (all.rows() != null && layout == null) {
            throw new IllegalStateException(
                    "the texts of this batch have adapters of their own, and it is not known which"
                            + " rows are theirs: only a whole model of lora4j, which is given the"
                            + " batch, knows. Run other blocks with one selection");
        }
        return layout;
    }

    @Override
    public void close() {
        if (opened != null) {
            opened.leave(this);
        }
    }
}
