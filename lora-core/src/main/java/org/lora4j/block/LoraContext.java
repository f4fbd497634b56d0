/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.block;

import org.lora4j.block.kernels.LoraKernels;
import org.lora4j.block.weight.TrainedParameters;

/**
 * What the LoRA blocks of one tree share.
 *
 * @param kernels the arithmetic
 * @param active which adapters are active
 * @param steps the training step that dropout is counted by
 * @param trained which parameters train, and which trained before the tree was adapted
 * @param coverage which parts of the tree the adapters reach
 */
public record LoraContext(
        LoraKernels kernels,
        ActiveAdapters active,
        StepContext steps,
        TrainedParameters trained,
        AdapterCoverage coverage) {
    /**
     * Returns a context with no active adapter.
     *
     * @param kernels the arithmetic
     * @param seed the seed of dropout when no trainer drives the steps
     */
    public static LoraContext of(LoraKernels kernels, long seed) {
        return new LoraContext(
                kernels,
                new ActiveAdapters(),
                new StepContext(seed),
                new TrainedParameters(),
                new AdapterCoverage(kernels));
    }
}
