/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.block.layer;

import ai.djl.Device;
import org.jspecify.annotations.Nullable;
import org.lora4j.block.AdapterVersion;
import org.lora4j.block.SelectedAdapters;

/**
 * The place beside a frozen weight where its merged weight is held: changed by the layer's owner,
 * read by any thread.
 */
final class MergeSlot {
    private volatile @Nullable MergedWeight held;

    boolean isFilled() {
        return held != null;
    }

    /** Holds another weight, or none; the one before is freed when its last reader is done. */
    synchronized void fill(@Nullable MergedWeight next) {
        MergedWeight before = held;
        held = next;
        if (before != null) {
            before.release();
        }
    }

    /** Drops a weight that an adapter has part in, since it no longer is what it was. */
    void dropIfUses(String key, @Nullable AdapterVersion adapter) {
        MergedWeight seen = held;
        if (seen != null && seen.selected().uses(key, adapter)) {
            fill(null);
        }
    }

    /** Takes hold of the weight of a selection; the caller releases it. */
    @Nullable MergedWeight acquire(SelectedAdapters selected, Device device) {
        MergedWeight seen = held;
        return seen != null && seen.acquireFor(selected, device) ? seen : null;
    }
}
