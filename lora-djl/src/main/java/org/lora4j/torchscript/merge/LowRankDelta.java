/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.torchscript.merge;

import ai.djl.ndarray.types.Shape;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import org.lora4j.torch.TensorDtype;
import org.lora4j.torchfile.LazyTensor;

/**
 * The change ΔW = s·B·A of a weight, or its transpose, element by element or row by row, in double
 * precision. Not thread-safe.
 */
public final class LowRankDelta {
    private final double[] a;
    private final double[] b;
    private final int rank;
    private final int columns;
    private final boolean transposed;
    private final double scaling;

    private LowRankDelta(double[] a, double[] b, int rank, boolean transposed, double scaling) {
        this.a = a;
        this.b = b;
        this.rank = rank;
        this.columns = a.length / rank;
        this.transposed = transposed;
        this.scaling = scaling;
    }

    /**
     * Reads A and B, whose shapes were checked.
     *
     * @param transposed whether the weight has the transpose of B·A
     * @param rank the rank
     * @param scaling the factor s
     * @param a the matrix A
     * @param b the matrix B
     * @return the change
     * @throws IllegalArgumentException if the elements are no floats, or more than a Java array has
     * @throws IOException if they cannot be read
     */
    public static LowRankDelta read(
            boolean transposed, int rank, double scaling, LazyTensor a, LazyTensor b)
            throws IOException {
        return new LowRankDelta(doubles(a), doubles(b), rank, transposed, scaling);
    }

    /** The change of the element in some row, the first dimension, and place of that row. */
    double at(int row, int place) {
        int i = transposed ? place : row;
        int j = transposed ? row : place;
        double sum = 0;
        for (int k = 0; k < rank; k++) {
            sum += b[i * rank + k] * a[k * columns + j];
        }
        return scaling * sum;
    }

    /** Adds the changes of a row. */
    void addRow(int row, double[] sums) {
        if (transposed) {
            for (int place = 0; place < sums.length; place++) {
                sums[place] += at(row, place);
            }
            return;
        }
        for (int k = 0; k < rank; k++) {
            double factor = scaling * b[row * rank + k];
            for (int place = 0; place < sums.length; place++) {
                sums[place] += factor * a[k * columns + place];
            }
        }
    }

    private static double[] doubles(LazyTensor tensor) throws IOException {
        Shape shape = tensor.shape();
        if (shape.size() > Integer.MAX_VALUE / Double.BYTES) {
            throw new IllegalArgumentException("A matrix of " + shape + " is no low-rank factor");
        }
        double[] values = new double[(int) shape.size()];
        int bytes = (int) tensor.dtype().byteSize(1);
        ByteBuffer all = ByteBuffer.allocate(values.length * bytes).order(ByteOrder.LITTLE_ENDIAN);
        tensor.data().writeTo(all::put);
        all.flip();
        for (int i = 0; i < values.length; i++) {
            values[i] = element(tensor.dtype(), all);
        }
        return values;
    }

    private static double element(TensorDtype dtype, ByteBuffer bytes) {
        return switch (dtype) {
            case F64 -> bytes.getDouble();
            case F32 -> bytes.getFloat();
            case F16 -> HalfPrecision.fromHalf(bytes.getShort());
            case BF16 -> HalfPrecision.fromBfloat16(bytes.getShort());
            default -> throw new IllegalArgumentException("A matrix has elements of " + dtype);
        };
    }
}
