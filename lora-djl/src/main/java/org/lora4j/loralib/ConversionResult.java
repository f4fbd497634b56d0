/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.loralib;

import java.nio.file.Path;
import java.util.List;
import org.lora4j.core.Bias;

/**
 * What a conversion wrote.
 *
 * @param output the PEFT directory
 * @param modules the adapted modules, by path
 * @param modulesToSave the modules that are saved whole
 * @param bias which biases are in the adapter
 * @param parameters how many numbers were written
 * @param dropped how many tensors of the checkpoint were left out: base weights and buffers
 * @param warnings what a reader should know, a sentence each
 */
public record ConversionResult(
        Path output,
        List<Module> modules,
        List<String> modulesToSave,
        Bias bias,
        long parameters,
        int dropped,
        List<String> warnings) {
    /**
     * One adapted module.
     *
     * @param path its path in the base model
     * @param type loralib's layer
     * @param rank the rank in the PEFT directory: of a MergedLinear r times the enabled slices
     * @param alpha the alpha in the PEFT directory, so that alpha / rank is loralib's scaling
     */
    public record Module(String path, LayerType type, int rank, double alpha) {}

    /**
     * Copies the lists.
     *
     * @param output the PEFT directory
     * @param modules the adapted modules, by path
     * @param modulesToSave the modules that are saved whole
     * @param bias which biases are in the adapter
     * @param parameters how many numbers were written
     * @param dropped how many tensors were left out
     * @param warnings what a reader should know
     */
    public ConversionResult {
        modules = List.copyOf(modules);
        modulesToSave = List.copyOf(modulesToSave);
        warnings = List.copyOf(warnings);
    }
}
