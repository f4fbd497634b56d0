/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.train.tensors;

import ai.djl.ndarray.NDManager;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;

/**
 * The trained tensors as they were before the latest update: the last ones that are known to have
 * given a finite loss and finite gradients.
 */
public final class SoundTensors {
    private final TrainedTensors tensors;
    private final NDManager manager;
    private @Nullable TensorCopy copy;
    private int step;
    private boolean updating;

    /** Begins without a copy; the manager owns the one that the first update needs. */
    public SoundTensors(TrainedTensors tensors, NDManager manager) {
        this.tensors = tensors;
        this.manager = manager;
    }

    /**
     * Keeps the tensors while an update changes them.
     *
     * @param taken the steps taken before the update
     */
    public void update(int taken, Runnable update) {
        if (copy == null) {
            copy = new TensorCopy(tensors, manager);
        }
        copy.take();
        step = taken;
        updating = true;
        update.run();
        updating = false;
    }

    /**
     * Restores the kept tensors, unless the present ones are sound.
     *
     * @param taken the steps taken
     * @param sound tests whether the present tensors give finite numbers; not called after an
     *     update that did not finish
     * @return the step whose tensors the present ones are
     */
    public int restoreUnless(int taken, BooleanSupplier sound) {
        if (copy == null || (!updating && sound.getAsBoolean())) {
            return taken;
        }
        copy.restore();
        updating = false;
        return step;
    }
}
