/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.block;

import static org.assertj.core.api.Assertions.assertThat;

import ai.djl.engine.Engine;
import ai.djl.engine.EngineException;
import ai.djl.ndarray.NDArray;
import ai.djl.training.GradientCollector;
import java.util.function.Supplier;

/** Runs DJL's collector. */
public final class Gradients {
    private Gradients() {}

    /** Runs forward, and backward from the weighted sum of its result. */
    public static void of(Supplier<NDArray> forward, NDArray weights) {
        try (GradientCollector collector = Engine.getInstance().newGradientCollector()) {
            collector.backward(forward.get().mul(weights).sum());
        }
    }

    /** Whether the result of a forward pass remembers how it came about. */
    public static boolean recorded(Supplier<NDArray> forward) {
        try (GradientCollector collector = Engine.getInstance().newGradientCollector()) {
            collector.backward(forward.get().sum());
            return true;
        } catch (EngineException e) {
            assertThat(e).hasMessageContaining("does not require grad");
            return false;
        }
    }
}
