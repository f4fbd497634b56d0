/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.torchfile;

import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import org.lora4j.torch.TensorDtype;

/**
 * The classes of torch's typed storages, such as FloatStorage, and the dtypes of their elements.
 */
public final class StorageTypes {
    private static final Map<TensorDtype, String> NAMES = names();

    private StorageTypes() {}

    private static Map<TensorDtype, String> names() {
        Map<TensorDtype, String> names = new LinkedHashMap<>();
        names.put(TensorDtype.F64, "DoubleStorage");
        names.put(TensorDtype.F32, "FloatStorage");
        names.put(TensorDtype.F16, "HalfStorage");
        names.put(TensorDtype.BF16, "BFloat16Storage");
        names.put(TensorDtype.I64, "LongStorage");
        names.put(TensorDtype.I32, "IntStorage");
        names.put(TensorDtype.I16, "ShortStorage");
        names.put(TensorDtype.I8, "CharStorage");
        names.put(TensorDtype.U8, "ByteStorage");
        names.put(TensorDtype.BOOL, "BoolStorage");
        names.put(TensorDtype.C64, "ComplexFloatStorage");
        return Collections.unmodifiableMap(names);
    }

    /**
     * Returns the class of each dtype that has one, in torch's module {@code torch}.
     *
     * @return names by dtype, such as FloatStorage for F32
     */
    public static Map<TensorDtype, String> all() {
        return NAMES;
    }

    /**
     * Returns the name of torch's storage class.
     *
     * @param dtype the elements
     * @return the name, such as FloatStorage
     * @throws IllegalArgumentException if torch has no storage of the dtype
     */
    public static String name(TensorDtype dtype) {
        String name = NAMES.get(dtype);
        if (name == null) {
            throw new IllegalArgumentException("torch.save has no storage of " + dtype);
        }
        return name;
    }

    /**
     * Returns the dtype of a storage class.
     *
     * @param name the name, such as FloatStorage
     * @return the dtype, or empty for another name
     */
    public static Optional<TensorDtype> dtype(String name) {
        return NAMES.entrySet().stream()
                .filter(entry -> entry.getValue().equals(name))
                .map(Map.Entry::getKey)
                .findFirst();
    }
}
