/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.block.weight;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.types.DataType;
import java.util.List;

/**
 * A {@link PackedWeight} in 8 bits, the vector-wise form of LLM.int8() (Dettmers et al. 2022,
 * arXiv:2208.07339) without its decomposition of outliers: w = code · s / 127, where each row has a
 * scale s, its largest magnitude, which bitsandbytes calls SCB. Activations stay as they are.
 */
public final class Int8Weight extends PackedWeight {
    private final NDArray codes;
    private final NDArray scales;

    /**
     * Takes over arrays.
     *
     * @param codes int8 [out, in]
     * @param scales float32 [out]
     * @param room where it is unpacked for a product
     * @throws IllegalArgumentException if an array has another shape or dtype
     */
    public Int8Weight(NDArray codes, NDArray scales, SpareRoom room) {
        super(codes.getShape().get(0), codes.getShape().get(1), List.of(codes, scales), room);
        require(codes, "codes", DataType.INT8, out(), in());
        require(scales, "scales", DataType.FLOAT32, out());
        this.codes = codes;
        this.scales = scales;
    }

    @Override
    public String format() {
        return "8 bits (int8)";
    }

    /** Returns the codes, int8 [out, in]. */
    public NDArray codes() {
        return codes;
    }

    /** Returns the scales of the rows, float32 [out]. */
    public NDArray scales() {
        return scales;
    }
}
