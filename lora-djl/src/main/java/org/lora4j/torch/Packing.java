/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.torch;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import org.lora4j.block.weight.Int8Weight;
import org.lora4j.block.weight.Nf4Weight;
import org.lora4j.block.weight.PackedWeight;
import org.lora4j.block.weight.SpareRoom;
import org.lora4j.torch.operation.Script;

/**
 * Packs matrices into 4 and 8 bits, and unpacks them: code for code and bit for bit what
 * bitsandbytes 0.50 makes on a CPU.
 *
 * <p>A packer holds the tables that its weights share, which belong to the manager that it was
 * given and are freed with it. Thread-safe.
 */
public final class Packing {
    /** How many numbers of a matrix one scale of NF4 has. */
    public static final int NF4_BLOCK = 64;

    /** How many scales of NF4 one outer scale has. */
    public static final int NESTED_BLOCK = 256;

    /** How many numbers are converted at once: few, so that they stay in the processor's cache. */
    private static final long STEP = 1 << 18;

    private final NDManager manager;
    private final NDArray pairs;
    private final NDArray map;
    private final SpareRoom room;

    /**
     * Makes the tables.
     *
     * @param manager who owns the tables
     */
    public Packing(NDManager manager) {
        this.manager = manager;
        this.room = new SpareRoom(manager);
        try (NDArray like = manager.zeros(new Shape())) {
            pairs = Script.PACKED.array("nf4_pairs", like);
            map = Script.PACKED.array("dynamic_map", like);
        }
    }

    /** Returns the pairs of NF4's numbers by the value of a byte, float32 [256, 2]. */
    public NDArray pairs() {
        return pairs;
    }

    /** Returns the numbers that scales of 8 bits stand for, float32 [256]. */
    public NDArray map() {
        return map;
    }

    /** Returns the memory that the weights are unpacked into for products. */
    public SpareRoom room() {
        return room;
    }

    /**
     * Packs a matrix in NF4, in blocks of {@value #NF4_BLOCK}.
     *
     * @param w [out, in], of any float dtype; it stays as it is
     * @param doubleQuantised whether scales are in 8 bits
     * @return the packed matrix, which the tables' manager owns
     * @throws IllegalArgumentException if a number is NaN or infinite
     */
    public Nf4Weight nf4(NDArray w, boolean doubleQuantised) {
        Shape shape = w.getShape();
        NDList made = Script.PACKED.list("to_nf4", w, NF4_BLOCK, STEP);
        made.attach(manager);
        NDArray codes = made.get(0);
        NDArray scales = made.get(1);
        requireFinite(scales, made);
        Nf4Weight.Scales stored = new Nf4Weight.Scales(scales, null);
        if (doubleQuantised) {
            NDList nested = Script.PACKED.list("nest", scales, map, NESTED_BLOCK);
            nested.attach(manager);
            scales.close();
            try (NDArray offset = nested.get(2)) {
                Nf4Weight.Nested outer =
                        new Nf4Weight.Nested(nested.get(1), map, offset.getFloat(), NESTED_BLOCK);
                stored = new Nf4Weight.Scales(nested.get(0), outer);
            }
        }
        return new Nf4Weight(shape.get(0), shape.get(1), codes, stored, pairs, NF4_BLOCK, room);
    }

    /**
     * Packs a matrix in int8, each row by its largest magnitude.
     *
     * @param w [out, in], of any float dtype; it stays as it is, and is rounded to float16 first,
     *     as bitsandbytes does
     * @return the packed matrix, which the tables' manager owns
     * @throws IllegalArgumentException if a number is NaN, or infinite as float16
     */
    public Int8Weight int8(NDArray w) {
        long rows = Math.max(1, STEP / Math.max(1, w.getShape().get(1)));
        NDList made = Script.PACKED.list("to_int8", w, rows);
        made.attach(manager);
        requireFinite(made.get(1), made);
        return new Int8Weight(made.get(0), made.get(1), room);
    }

    private static void requireFinite(NDArray scales, NDList made) {
        if (!Finite.all(scales)) {
            made.close();
            throw new IllegalArgumentException(
                    "a number is NaN or infinite, and cannot be packed; expected finite numbers,"
                            + " in 8 bits of magnitudes below 65,520");
        }
    }

    /**
     * Unpacks a matrix.
     *
     * @param weight the matrix
     * @param like an array of the dtype that is wanted; the result belongs to its manager
     * @return a new array [out, in], the numbers rounded once from float32 to the dtype
     */
    public static NDArray unpack(PackedWeight weight, NDArray like) {
        return unpackInto(room(weight, like), weight);
    }

    private static NDArray room(PackedWeight weight, NDArray like) {
        return Script.PACKED.array("room", like, weight.getShape().size());
    }

    /** Writes the numbers into a flat array, and returns a view of it, [out, in]. */
    private static NDArray unpackInto(NDArray room, PackedWeight weight) {
        if (weight instanceof Int8Weight rows) {
            return Script.PACKED.array("from_int8", room, rows.codes(), rows.scales());
        }
        Nf4Weight blocks = (Nf4Weight) weight;
        Nf4Weight.Scales scales = blocks.scales();
        Nf4Weight.@Nullable Nested nested = scales.nested();
        return Script.PACKED.array(
                "from_nf4",
                room,
                blocks.codes(),
                blocks.table(),
                blocks.block(),
                scales.values(),
                nested == null ? null : nested.values(),
                nested == null ? scales.values() : nested.map(),
                nested == null ? 0.0 : (double) nested.offset(),
                nested == null ? 1 : nested.block(),
                blocks.getShape().getShape(),
                STEP);
    }

    /**
     * Unpacks a matrix for one product, and frees it behind that. Where nothing is recorded it is
     * unpacked into memory that the next product uses again.
     *
     * @param weight the matrix
     * @param like an array of the dtype that is wanted
     * @param product what is computed from the matrix, of which the result is not a view
     * @return the result
     */
    static NDArray multiply(PackedWeight weight, NDArray like, Function<NDArray, NDArray> product) {
        if (GradMode.isOn()) { // autograd may keep the matrix for its backward pass
            try (NDArray dense = unpack(weight, like)) {
                return product.apply(dense);
            }
        }
        long size = weight.getShape().size();
        NDArray lent = weight.room().lend(like.getDataType(), size, () -> room(weight, like));
        try (NDArray dense = unpackInto(lent, weight)) {
            return product.apply(dense);
        } finally {
            weight.room().giveBack(lent);
        }
    }
}
