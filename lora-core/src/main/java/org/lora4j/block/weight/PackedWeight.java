/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.block.weight;

import ai.djl.Device;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import ai.djl.util.passthrough.PassthroughNDArray;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A frozen matrix [out, in] in fewer bits than 16: it stands where a weight does, with the shape of
 * the weight, and an engine's kernels multiply by the numbers that it stands for.
 *
 * <p>DJL knows nothing of it. Its dtype is UNKNOWN, so that it is not among a block's listed
 * parameters, and every operation of DJL's on it throws an {@link UnsupportedOperationException}.
 * It never trains, and nothing can be merged into it. Immutable, but for who owns its arrays; as
 * thread-safe as these.
 */
public abstract sealed class PackedWeight extends PassthroughNDArray permits Nf4Weight, Int8Weight {
    private final List<NDArray> parts;
    private final SpareRoom room;

    /**
     * Takes over arrays.
     *
     * @param parts the arrays that belong to this weight alone
     * @param room where it is unpacked for a product
     */
    PackedWeight(long out, long in, List<NDArray> parts, SpareRoom room) {
        super(parts.get(0).getManager(), parts, new Shape(out, in), DataType.UNKNOWN);
        this.parts = List.copyOf(parts);
        this.room = room;
    }

    static void require(NDArray part, String name, DataType type, long... shape) {
        if (part.getDataType() != type || !part.getShape().equals(new Shape(shape))) {
            throw new IllegalArgumentException(
                    "the %s of a packed weight are %s %s; expected %s %s"
                            .formatted(
                                    name,
                                    part.getDataType(),
                                    part.getShape(),
                                    type,
                                    new Shape(shape)));
        }
    }

    /** Returns the format, as messages name it, such as "4 bits (nf4)". */
    public abstract String format();

    /** Returns the memory that the weights of a model are unpacked into, one after the other. */
    public SpareRoom room() {
        return room;
    }

    /** Returns how many rows the matrix has. */
    public long out() {
        return getShape().get(0);
    }

    /** Returns how many columns the matrix has. */
    public long in() {
        return getShape().get(1);
    }

    /** Returns the memory of the arrays that belong to this weight alone. */
    public long bytes() {
        return parts.stream()
                .mapToLong(part -> part.size() * part.getDataType().getNumOfBytes())
                .sum();
    }

    @Override
    public NDManager getManager() {
        return parts.get(0).getManager();
    }

    @Override
    public Device getDevice() {
        return parts.get(0).getDevice();
    }

    @Override
    public void attach(NDManager owner) {
        parts.forEach(part -> part.attach(owner));
    }

    @Override
    public void detach() {
        parts.forEach(NDArray::detach);
    }

    @Override
    public boolean hasGradient() {
        return false;
    }

    /**
     * Accepts false alone.
     *
     * @throws IllegalStateException if the weight is to train
     */
    @Override
    public void setRequiresGradient(boolean trains) {
        if (trains) {
            throw new IllegalStateException(
                    ("%s is in %s and cannot train; expected it frozen, below an adapter. Load the"
                                    + " model without quantisation, or leave the layer out of it")
                            .formatted(getName() == null ? "a weight" : getName(), format()));
        }
    }

    @Override
    public boolean isReleased() {
        return parts.get(0).isReleased();
    }

    @Override
    public void close() {
        parts.forEach(NDArray::close);
    }

    @Override
    public boolean equals(@Nullable Object other) {
        return this == other;
    }

    @Override
    public int hashCode() {
        return System.identityHashCode(this);
    }

    @Override
    public String toString() {
        return getShape() + " in " + format();
    }
}
