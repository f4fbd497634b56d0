/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.block.kernels;

import ai.djl.ndarray.NDArray;
import org.lora4j.core.variant.LoraVariant;

/**
 * How VeLoRA compresses the input that A's gradient reads. For the one thread that trains the
 * adapter.
 */
public final class Compression {
    private final NDArray direction;
    private final int groups;
    private final double scale;
    private final LoraVariant.Velora.Direction kind;
    private boolean known;

    /**
     * Creates the compression of one adapter on one layer.
     *
     * @param direction v [in / groups, rounded up], in the adapter's memory
     * @param groups how many groups
     * @param scale c
     * @param kind what v is
     */
    public Compression(
            NDArray direction, int groups, double scale, LoraVariant.Velora.Direction kind) {
        this.direction = direction;
        this.groups = groups;
        this.scale = scale;
        this.kind = kind;
        this.known = kind == LoraVariant.Velora.Direction.RANDOM;
    }

    /** Returns v, which a pass may write. */
    public NDArray direction() {
        return direction;
    }

    public int groups() {
        return groups;
    }

    /** Returns c. */
    public double scale() {
        return scale;
    }

    /** Returns whether a pass is to make v of its inputs. */
    public boolean isOfPass() {
        return !known;
    }

    /** Says that v was made of a pass's inputs. */
    public void made() {
        known = kind != LoraVariant.Velora.Direction.BATCH_AVERAGE;
    }
}
