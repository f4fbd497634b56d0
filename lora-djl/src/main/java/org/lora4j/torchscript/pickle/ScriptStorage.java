/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.torchscript.pickle;

import java.util.Map;
import java.util.Optional;
import org.lora4j.torch.TensorDtype;
import org.lora4j.torchfile.StorageTypes;

/**
 * A storage that a pickle names: the record {@code data/KEY} or {@code constants/KEY} of the
 * archive.
 *
 * @param type torch's class, such as FloatStorage
 * @param key the record's name in its folder
 * @param location the device that it was on, such as cpu
 * @param elements how many elements it has
 */
public record ScriptStorage(String type, String key, String location, long elements)
        implements ScriptValue {
    /** The element sizes of storages that no safetensors dtype names. */
    private static final Map<String, Integer> OTHER_BYTES =
            Map.of(
                    "QInt8Storage", 1,
                    "QUInt8Storage", 1,
                    "QUInt4x2Storage", 1,
                    "QUInt2x4Storage", 1,
                    "QInt32Storage", 4,
                    "ComplexHalfStorage", 4,
                    "ComplexDoubleStorage", 16,
                    "UntypedStorage", 1);

    /** Returns whether torch has a storage class of a name, as far as is known here. */
    static boolean isKnown(String type) {
        return StorageTypes.dtype(type).isPresent() || OTHER_BYTES.containsKey(type);
    }

    /** Returns the dtype of the elements, or empty for quantised and untyped storages. */
    public Optional<TensorDtype> dtype() {
        return StorageTypes.dtype(type);
    }

    /** Returns the bytes of one element. */
    public int elementBytes() {
        return dtype().map(dtype -> (int) dtype.byteSize(1))
                .orElseGet(() -> OTHER_BYTES.getOrDefault(type, 1));
    }

    /** Returns the bytes of all elements, which the pickle's reader checked to be a long. */
    public long byteSize() {
        return Math.multiplyExact(elements, (long) elementBytes());
    }
}
