/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.loralib;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import java.io.IOException;
import java.nio.file.Path;
import org.lora4j.safetensors.SafeTensorsWriter;
import org.lora4j.torchfile.TorchFileWriter;

/**
 * Writes what {@code Lora.loraStateDict} returns, by loralib's names, for loralib's own {@code
 * model.load_state_dict(state, strict=False)} in Python. The same arrays give the same bytes, and a
 * file appears whole or not at all.
 */
public final class LoraStateDictFile {
    private LoraStateDictFile() {}

    /**
     * Writes a safetensors file.
     *
     * @param file the file, created or replaced
     * @param state named arrays
     * @throws IllegalArgumentException if there are none, or one has no name, another's name, or a
     *     dtype that the format cannot name
     * @throws IOException if it cannot be written
     */
    public static void writeSafeTensors(Path file, NDList state) throws IOException {
        SafeTensorsWriter writer = new SafeTensorsWriter();
        check(state);
        state.forEach(array -> writer.add(array.getName(), array));
        writer.write(file);
    }

    /**
     * Writes a file that {@code torch.load(file, weights_only=True)} reads as a dict.
     *
     * @param file the file, created or replaced
     * @param state named arrays
     * @throws IllegalArgumentException if there are none, or one has no name, another's name, or a
     *     dtype that torch has no storage of
     * @throws IOException if it cannot be written
     */
    public static void writeTorch(Path file, NDList state) throws IOException {
        TorchFileWriter writer = new TorchFileWriter();
        check(state);
        state.forEach(array -> writer.add(array.getName(), array));
        writer.write(file);
    }

    private static void check(NDList state) {
        if (state.isEmpty()) {
            throw new IllegalArgumentException("No tensors to write");
        }
        for (NDArray array : state) {
            if (array.getName() == null) {
                throw new IllegalArgumentException(
                        "Every tensor of a state dict has a name; one of %s has none"
                                .formatted(array.getShape()));
            }
        }
    }
}
