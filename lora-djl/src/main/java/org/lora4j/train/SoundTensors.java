/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.train;

import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;

/**
 * The tensors as they were before the latest update: the last ones that are known to have given a
 * finite loss and finite gradients.
 */
final class SoundTensors {
    private final TrainableParameters parameters;
    private final NDManager manager;
    private @Nullable NDList copies;
    private int step;
    private boolean updating;

    SoundTensors(TrainableParameters parameters, NDManager manager) {
        this.parameters = parameters;
        this.manager = manager;
    }

    /**
     * Keeps the tensors while an update changes them.
     *
     * @param taken the steps taken before the update
     */
    void update(int taken, Runnable update) {
        if (copies == null) {
            copies = parameters.zeros(manager);
        }
        parameters.copyTo(copies);
        step = taken;
        updating = true;
        update.run();
        updating = false;
    }

    /**
     * Puts the kept tensors back, unless the present ones are sound.
     *
     * @param taken the steps taken
     * @param sound tests whether the present tensors give finite numbers; not called after an
     *     update that was not finished
     * @return the step after which the tensors were as they are now
     */
    int restoreUnless(int taken, BooleanSupplier sound) {
        if (copies == null || (!updating && sound.getAsBoolean())) {
            return taken;
        }
        parameters.copyFrom(copies);
        updating = false;
        return step;
    }
}
