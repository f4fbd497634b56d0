/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.block;

/**
 * A layer's part of a pass: the adapters that it runs with. Closing it ends a pass that the layer
 * had to open for itself, and nothing else.
 */
public abstract class LayerPass implements AutoCloseable {
    private final SelectedAdapters adapters;

    LayerPass(SelectedAdapters adapters) {
        this.adapters = adapters;
    }

    public SelectedAdapters adapters() {
        return adapters;
    }

    @Override
    public abstract void close();

    /** The part of a pass that is open on the thread, which outlives the layer. */
    static LayerPass ofOpen(SelectedAdapters adapters) {
        return new LayerPass(adapters) {
            @Override
            public void close() {
                // the pass goes on
            }
        };
    }
}
