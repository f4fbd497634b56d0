/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.torch;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import java.util.Arrays;
import java.util.stream.LongStream;
import java.util.stream.Stream;
import org.lora4j.block.kernels.ConvolutionGeometry;

/** Calls the operations that take a convolution's geometry. */
final class Convolutions {
    private Convolutions() {}

    /** Stride, padding and dilation, each with as many numbers as dimensions, and the groups. */
    static long[] integers(ConvolutionGeometry geometry) {
        LongStream lists =
                Stream.of(geometry.stride(), geometry.padding(), geometry.dilation())
                        .flatMapToLong(shape -> Arrays.stream(shape.getShape()));
        return LongStream.concat(lists, LongStream.of(geometry.groups())).toArray();
    }

    static NDArray call(
            String operation, double scaling, long[] first, long[] second, NDArray... arrays) {
        OperationKit kit = OperationKit.get();
        NDManager owner = arrays[0].getManager();
        NDArray[] all = Arrays.copyOf(arrays, arrays.length + 3);
        all[arrays.length] = kit.number(owner, scaling);
        all[arrays.length + 1] = kit.integers(owner, first);
        all[arrays.length + 2] = kit.integers(owner, second);
        return kit.call(operation, all);
    }
}
