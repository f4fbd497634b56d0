/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.block;

import org.jspecify.annotations.Nullable;
import org.lora4j.block.pass.SelectedAdapters;

/**
 * The run of one layer in a pass.
 *
 * <p>Closing it ends the pass that the layer had to open for itself, or does nothing inside a pass
 * of the thread.
 *
 * @param adapters the adapters of the pass
 * @param opened the selections in which the layer opened a pass for itself, or null
 * @param loose whether the thread is in no scope either
 */
public record LayerPass(SelectedAdapters adapters, @Nullable ActiveAdapters opened, boolean loose)
        implements AutoCloseable {
    @Override
    public void close() {
        if (opened != null) {
            opened.leave(this);
        }
    }
}
