/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.block;

import static org.assertj.core.api.Assertions.assertThat;

import ai.djl.engine.Engine;
import ai.djl.ndarray.NDManager;
import org.junit.jupiter.api.Test;

final class EngineTest {
    @Test
    void testsRunOnTheChosenSet() {
        try (NDManager manager = NDManager.newBaseManager()) {
            assertThat(manager.create(new float[] {1, 2}).sum().getFloat()).isEqualTo(3f);
            assertThat(Engine.getInstance().getEngineName()).isEqualTo("PyTorch");
        }
    }
}
