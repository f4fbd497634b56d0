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
 * @param layout where the rows of each text are, if texts have adapters of their own, or adapters
 *     act from an invocation on, and the batch's rows are known
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
        return all.rows() == null ? null : layout;
    }

    /**
     * Returns where the rows are on which pairs act, if not all of them act on all rows: where
     * texts have adapters of their own, or an adapter acts from its invocation on; else null.
     *
     * @throws IllegalStateException if that is so, and nobody said where the rows of texts are
     */
    public @Nullable RowLayout acting() {
        if (all.rows() != null) {
            return rows();
        }
        boolean invoked = all.areInvoked();
        if (invoked && layout == null) {
            throw new IllegalStateException(
                    "the adapters %s act from their invocation tokens on (aLoRA), and it is not known which tokens this block is given: only a whole language model of lora4j, which is given their ids, knows. Run other blocks without such adapters"
                            .formatted(all.selection().keySet()));
        }
        return invoked ? layout : null;
    }

    @Override
    public void close() {
        if (opened != null) {
            opened.leave(this);
        }
    }
}
