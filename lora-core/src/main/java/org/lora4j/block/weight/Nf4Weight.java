/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.block.weight;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.types.DataType;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A {@link PackedWeight} in NF4, the 4-bit normal float of QLoRA (Dettmers et al. 2023,
 * arXiv:2305.14314), laid out as bitsandbytes does: w = NF4[code] · s.
 *
 * <p>The numbers of the matrix follow each other row by row, and each block of them has a scale s,
 * its largest magnitude; blocks do not end with rows. Two codes are in a byte, the first in the
 * upper half. With double quantisation the scales are in 8 bits: s = map[code] · t + offset, where
 * a block of scales has one t. Then 64 numbers of 4 bits with a scale of 8 and 1/256 of 32 bits
 * take 4.127 bits each.
 */
public final class Nf4Weight extends PackedWeight {
    private final NDArray codes;
    private final Scales scales;
    private final NDArray table;
    private final int block;

    /**
     * The scales of the blocks.
     *
     * @param values s as float32 [blocks], or their codes as uint8 [blocks]
     * @param nested what turns codes into scales, or null where the values are the scales
     */
    public record Scales(NDArray values, @Nullable Nested nested) {}

    /**
     * Scales in 8 bits.
     *
     * @param values t, float32 [blocks of scales]
     * @param map the numbers that the codes stand for, float32 [256]; others may share the array
     * @param offset what is added
     * @param block how many scales one t has
     */
    public record Nested(NDArray values, NDArray map, float offset, int block) {}

    /**
     * Takes over arrays.
     *
     * @param out the rows
     * @param in the columns
     * @param codes uint8 [⌈out·in/2⌉]
     * @param scales one for each block
     * @param table the pairs of numbers that the values of a byte stand for, float32 [256, 2];
     *     others may share the array
     * @param block how many numbers one scale has
     * @param room where it is unpacked for a product
     * @throws IllegalArgumentException if an array has another shape or dtype
     */
    public Nf4Weight(
            long out,
            long in,
            NDArray codes,
            Scales scales,
            NDArray table,
            int block,
            SpareRoom room) {
        super(out, in, parts(codes, scales), room);
        long count = Math.multiplyExact(out, in);
        long blocks = ceil(count, block);
        require(codes, "codes", DataType.UINT8, ceil(count, 2));
        require(table, "pairs", DataType.FLOAT32, 256, 2);
        Nested nested = scales.nested();
        require(
                scales.values(),
                "scales",
                nested == null ? DataType.FLOAT32 : DataType.UINT8,
                blocks);
        if (nested != null) {
            require(
                    nested.values(),
                    "outer scales",
                    DataType.FLOAT32,
                    ceil(blocks, nested.block()));
            require(nested.map(), "numbers of scales", DataType.FLOAT32, 256);
        }
        this.codes = codes;
        this.scales = scales;
        this.table = table;
        this.block = block;
    }

    private static List<NDArray> parts(NDArray codes, Scales scales) {
        Nested nested = scales.nested();
        return nested == null
                ? List.of(codes, scales.values())
                : List.of(codes, scales.values(), nested.values());
    }

    private static long ceil(long count, long unit) {
        return (count + unit - 1) / unit;
    }

    @Override
    public String format() {
        return "4 bits (nf4)";
    }

    /** Returns the codes, uint8 [⌈out·in/2⌉]. */
    public NDArray codes() {
        return codes;
    }

    /** Returns the scales of the blocks. */
    public Scales scales() {
        return scales;
    }

    /** Returns the pairs of numbers that the values of a byte stand for, [256, 2]. */
    public NDArray table() {
        return table;
    }

    /** Returns how many numbers one scale has. */
    public int block() {
        return block;
    }
}
