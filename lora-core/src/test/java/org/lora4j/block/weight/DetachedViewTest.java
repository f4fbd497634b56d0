/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.block.weight;

import static org.assertj.core.api.Assertions.assertThat;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.nn.Parameter;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import org.junit.jupiter.api.Test;

final class DetachedViewTest {
    @Test
    void aViewIsMadeOnceForEachArrayAndSharesItsMemory() throws Exception {
        try (NDManager manager = NDManager.newBaseManager()) {
            Parameter parameter =
                    Parameter.builder().setName("p").setType(Parameter.Type.WEIGHT).build();
            parameter.setArray(manager.create(new float[] {1, 2}));
            parameter.freeze(false);
            DetachedView view = new DetachedView(parameter);
            NDArray first = view.get();
            assertThat(view.get()).isSameAs(first);
            assertThat(first.hasGradient()).isFalse();
            first.addi(1);
            assertThat(parameter.getArray().toFloatArray()).containsExactly(2, 3);

            ByteArrayOutputStream bytes = new ByteArrayOutputStream();
            parameter.save(new DataOutputStream(bytes));
            parameter.load(
                    manager, new DataInputStream(new ByteArrayInputStream(bytes.toByteArray())));
            parameter.getArray().addi(10);
            int before = manager.getManagedArrays().size();
            NDArray second = view.get();
            assertThat(second.toFloatArray()).containsExactly(12, 13);
            assertThat(manager.getManagedArrays()).hasSize(before); // one made, one closed
            view.close();
            assertThat(manager.getManagedArrays()).hasSize(before - 1);
            assertThat(view.get().toFloatArray()).containsExactly(12, 13);
        }
    }
}
