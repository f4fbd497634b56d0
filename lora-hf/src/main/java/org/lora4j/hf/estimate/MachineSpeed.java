/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.hf.estimate;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import java.util.Arrays;
import org.lora4j.torch.Torch;
import org.lora4j.torch.engine.TorchEngine;

/**
 * How fast a machine multiplies matrices: float32, [1024, 512] by [512, 2048], on the threads that
 * PyTorch has.
 *
 * @param gigaflops billions of operations in a second; a multiplication with its addition are two
 */
public record MachineSpeed(double gigaflops) {
    private static final int ROWS = 1024;
    private static final int IN = 512;
    private static final int OUT = 2048;
    private static final int TRIES = 31;

    /** Checks that the number is positive. */
    public MachineSpeed {
        if (!(gigaflops > 0 && gigaflops < Double.POSITIVE_INFINITY)) {
            throw new IllegalArgumentException(
                    "%s GFLOP/s; expected a number above 0".formatted(gigaflops));
        }
    }

    /** Measures this machine, in about a second: the median of 31 products. */
    public static MachineSpeed measure() {
        double[] seconds = new double[TRIES];
        try (NDManager manager = TorchEngine.get().newBaseManager()) {
            NDArray rows = manager.randomUniform(-1, 1, new Shape(ROWS, IN), DataType.FLOAT32);
            NDArray weight = manager.randomUniform(-1, 1, new Shape(OUT, IN), DataType.FLOAT32);
            for (int i = 0; i < TRIES; i++) {
                long start = System.nanoTime();
                try (NDArray product = Torch.linear(rows, weight)) {
                    product.getFloat(0, 0); // waits for a device
                }
                seconds[i] = (System.nanoTime() - start) / 1e9;
            }
        }
        Arrays.sort(seconds);
        return new MachineSpeed(2.0 * ROWS * IN * OUT / 1e9 / seconds[TRIES / 2]);
    }
}
