/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.torch;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import ai.djl.engine.EngineException;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import java.util.List;
import org.junit.jupiter.api.Test;

/** A call that libtorch refuses frees its arguments, as one that succeeds does. */
final class FailedCallTest {
    private interface Call {
        void on(NDArray large, NDArray other);
    }

    @Test
    void tensorsAreFreed() {
        // 16 MB of 5000 columns times a matrix of 7
        assertFreed(Torch::linear);
    }

    @Test
    void listsOfTensorsAreFreed() {
        assertFreed((large, other) -> Autograd.addInto(new NDList(large), new NDList(other)));
    }

    @Test
    void gradientsThatCannotBeFormedFreeTheirArguments() {
        assertFreed((large, other) -> Autograd.pullback(large, other, List.of(large)));
    }

    private static void assertFreed(Call call) {
        fail(call, 3);
        long before = NativeHeap.used();
        fail(call, 30);
        // 480 MB where each failure keeps its 16
        assertThat(NativeHeap.used() - before).isLessThan(160 << 20);
    }

    private static void fail(Call call, int times) {
        for (int i = 0; i < times; i++) {
            try (NDManager scope = NDManager.newBaseManager()) {
                NDArray large = scope.zeros(new Shape(800, 5000)).add(1);
                NDArray other = scope.ones(new Shape(10, 7));
                assertThatThrownBy(() -> call.on(large, other)).isInstanceOf(EngineException.class);
            }
        }
    }

    @Test
    void namesOfArgumentsAreTheCallers() {
        try (NDManager manager = NDManager.newBaseManager()) {
            NDArray x = manager.ones(new Shape(2, 3));
            NDArray w = manager.ones(new Shape(4, 3));
            x.setName("layers.0[]");
            w.setName("module_method:none");
            assertThat(Torch.linear(x, w).toFloatArray()).containsOnly(3).hasSize(8);
            assertThat(x.getName()).isEqualTo("layers.0[]");
            assertThat(w.getName()).isEqualTo("module_method:none");
        }
    }

    @Test
    void aClosedArgumentAndAClosedManagerAreRefused() {
        try (NDManager manager = NDManager.newBaseManager()) {
            NDArray x = manager.ones(new Shape(2, 3));
            NDArray closed = manager.ones(new Shape(4, 3));
            closed.close();
            assertThatThrownBy(() -> Torch.linear(x, closed))
                    .isInstanceOf(IllegalStateException.class);
            assertThat(Torch.relu(x).toFloatArray()).containsOnly(1);
        }
    }
}
