/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.block.layer;

import ai.djl.Device;
import ai.djl.ndarray.NDArray;
import java.util.concurrent.atomic.AtomicInteger;
import org.lora4j.block.pass.SelectedAdapters;

/**
 * W0 + Σ wᵢ sᵢ Bᵢ Aᵢ for one selection, with a count of holders: its layer and the passes that read
 * it. It is freed when the last of them releases it.
 */
final class MergedWeight {
    private final SelectedAdapters selected;
    private final NDArray array;
    private final Device device;
    private final long[] versions;
    private final AtomicInteger holders = new AtomicInteger(1);

    /**
     * Creates a merged weight that its layer holds.
     *
     * @param versions the versions of A and B at the time; none if the weight is not to follow them
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

    /** Returns the weight; the caller must hold it. */
    NDArray array() {
        return array;
    }

    /** Returns the versions of A and B that it was made of, or none. */
    long[] versions() {
        return versions;
    }

    /** Holds the weight if it is that of a selection on a device. */
    boolean acquireFor(SelectedAdapters wanted, Device where) {
        return selected.addsTheSameAs(wanted) && device.equals(where) && acquire();
    }

    /** Holds the weight; returns false if it is being freed. */
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

    /** Releases the weight; the last holder frees it. */
    void release() {
        if (holders.decrementAndGet() == 0) {
            array.close();
        }
    }
}
