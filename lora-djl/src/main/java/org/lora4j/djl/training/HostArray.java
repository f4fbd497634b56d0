/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.djl.training;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** An array that was copied into Java's memory. */
@SuppressWarnings("ArrayRecordComponent") // never handed out
record HostArray(@Nullable String name, Shape shape, DataType type, byte[] bytes) {
    /** Copies arrays, which stay the caller's. */
    static List<HostArray> copy(NDList arrays) {
        return arrays.stream().map(HostArray::copy).toList();
    }

    private static HostArray copy(NDArray array) {
        DataType type = array.getDataType();
        if (type == DataType.STRING || type == DataType.UNKNOWN) {
            throw new IllegalArgumentException(
                    "the data have an array of type %s, shape %s; expected numbers or booleans"
                            .formatted(type, array.getShape()));
        }
        return new HostArray(array.getName(), array.getShape(), type, array.toByteArray());
    }

    /** Makes the arrays again, on a manager's device. */
    static NDList create(NDManager manager, List<HostArray> arrays) {
        NDList made = new NDList(arrays.size());
        for (HostArray array : arrays) {
            ByteBuffer buffer = ByteBuffer.wrap(array.bytes).order(ByteOrder.nativeOrder());
            NDArray created = manager.create(buffer, array.shape, array.type);
            created.setName(array.name);
            made.add(created);
        }
        return made;
    }
}
