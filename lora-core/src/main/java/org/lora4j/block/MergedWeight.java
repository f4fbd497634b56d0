/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.block;

import ai.djl.Device;
import ai.djl.ndarray.NDArray;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * W0 + Σ wᵢ sᵢ Bᵢ Aᵢ for one selection, counted by its readers: it is freed when its owner has let
 * go of it and the last reader has finished.
 */
final class MergedWeight {
    private final AdapterSelection selection;
    private final NDArray array;
    private final Device device;
    private final long[] versions;
    private final AtomicInteger holders = new AtomicInteger(1);

    /**
     * Holds a merged weight.
     *
     * @param versions of the matrices it was made of; none for a weight that stays what it is
     */
    MergedWeight(AdapterSelection selection, NDArray array, long... versions) {
        this.selection = selection;
        this.array = array;
        this.versions = versions;
        this.device = array.getDevice();
    }

    AdapterSelection selection() {
        return selection;
    }

    /** Returns the weight, for those who hold it. */
    NDArray array() {
        return array;
    }

    /** Returns the versions of the matrices it was made of, or none. */
    long[] versions() {
        return versions;
    }

    Device device() {
        return device;
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
