/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.loralib;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class LoraStateDictFileTest {
    @TempDir private Path folder;

    @Test
    void bothFormatsAreReadBackWithTheirNamesAndOrder() throws IOException {
        try (NDManager manager = NDManager.newBaseManager()) {
            NDList state = state(manager);
            Path torch = folder.resolve("state.pt");
            Path safe = folder.resolve("state.safetensors");
            LoraStateDictFile.writeTorch(torch, state);
            LoraStateDictFile.writeSafeTensors(safe, state);
            for (Path file : new Path[] {torch, safe}) {
                try (LoralibCheckpoint checkpoint = LoralibCheckpoint.open(file)) {
                    assertThat(checkpoint.pairs()).containsOnlyKeys("h.0.q");
                    NDList again = checkpoint.readStateDict(manager);
                    assertThat(again).hasSize(3);
                    for (NDArray array : state) {
                        assertThat(again.get(array.getName())).isEqualTo(array);
                    }
                }
            }
        }
    }

    @Test
    void theSameStateGivesTheSameBytes() throws IOException {
        try (NDManager manager = NDManager.newBaseManager()) {
            Path first = folder.resolve("first.pt");
            Path second = folder.resolve("second.pt");
            LoraStateDictFile.writeTorch(first, state(manager));
            LoraStateDictFile.writeTorch(second, state(manager));
            assertThat(first).hasSameBinaryContentAs(second);
        }
    }

    @Test
    void aTensorWithoutANameIsRefusedAndNothingIsWritten() {
        try (NDManager manager = NDManager.newBaseManager()) {
            NDList state = state(manager);
            state.add(manager.ones(new Shape(2)));
            Path file = folder.resolve("state.pt");
            assertThatThrownBy(() -> LoraStateDictFile.writeTorch(file, state))
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessageContaining("(2)");
            assertThatThrownBy(() -> LoraStateDictFile.writeSafeTensors(file, new NDList()))
                    .isInstanceOf(IllegalArgumentException.class);
            assertThat(file).doesNotExist();
        }
    }

    @Test
    void anOldFileStaysWhereWritingFails() throws IOException {
        try (NDManager manager = NDManager.newBaseManager()) {
            Path file = folder.resolve("state.pt");
            Files.writeString(file, "old");
            NDList state = state(manager);
            state.get(0).close();
            assertThatThrownBy(() -> LoraStateDictFile.writeTorch(file, state))
                    .isInstanceOf(RuntimeException.class);
            assertThat(file).hasContent("old");
            assertThat(folder.toFile().list()).containsExactly("state.pt");
        }
    }

    private static NDList state(NDManager manager) {
        NDArray a = manager.create(new float[] {1, 2, 3, 4, 5, 6}, new Shape(2, 3));
        NDArray b = manager.create(new float[] {7, 8, 9, 10, 11, 12, 13, 14}, new Shape(4, 2));
        NDArray bias = manager.create(new float[] {1, -2, 3, -4});
        a.setName("h.0.q.lora_A");
        b.setName("h.0.q.lora_B");
        bias.setName("h.0.q.bias");
        return new NDList(a, b, bias);
    }
}
