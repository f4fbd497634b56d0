/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.block.layer;

import ai.djl.Device;
import ai.djl.ndarray.NDArray;
import java.util.concurrent.atomic.AtomicInteger;
import org.lora4j.block.SelectedAdapters;

/**
 * W0 + Σ wᵢ sᵢ Bᵢ Aᵢ for one selection, counted by its readers: it is freed when its owner has let
 * go of it and the last reader has finished.
 */
final class MergedWeight {
    private final SelectedAdapters selected;
    private final NDArray array;
    private final Device device;
    private final long[] versions;
    private final AtomicInteger holders = new AtomicInteger(1);

    /**
     * Holds a merged weight.
     *
     * @param versions of the matrices it was made of; none for a weight that stays what it is
     */
    MergedWeight(SelectedAdapters selected, NDArray array, long... versions) {
        this.selected = selected;
        this.array = array;
        this.versions = versions;
        this.device = array.getDevice();
    }

    SelectedAdapters selected() {
        return selected;
    }

    /** Returns the weight, for those who hold it. */
    NDArray array() {
        return array;
    }

    /** Returns the versions of the matrices it was made of, or none. */
    long[] versions() {
        return versions;
    }

    /** Takes hold of the weight if it is the one of a selection on a device. */
    boolean acquireFor(SelectedAdapters wanted, Device where) {
        return selected.addsTheSameAs(wanted) && device.equals(where) && acquire();
    }

    /** Takes hold of the weight; false if it is already being freed. */
    boolean acquire() {
        int seen = holders.get();
        while (seen > 0) {
            if (holders.compareAndSet(seen, seen + 1)) {
                return true;
            }
            seen = holders.get();
        }
        return false;
    }

    /** Lets go of it; the last one frees it. */
    void release() {
        if (holders.decrementAndGet() == 0) {
            array.close();
        }
    }
}
