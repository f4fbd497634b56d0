/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.export.onnx;

import org.jspecify.annotations.Nullable;
import org.lora4j.torch.TensorDtype;

/** The element types of ONNX that weights have, and integers: TensorProto.DataType. */
public enum ElementType {
    /** 32-bit floating point. */
    FLOAT(1, 4, TensorDtype.F32),
    /** 64-bit integers, of token ids and shapes. */
    INT64(7, 8, null),
    /** IEEE half precision. */
    FLOAT16(10, 2, TensorDtype.F16),
    /** bfloat16. */
    BFLOAT16(16, 2, TensorDtype.BF16);

    private final int code;
    private final int bytes;
    private final @Nullable TensorDtype dtype;

    ElementType(int code, int bytes, @Nullable TensorDtype dtype) {
        this.code = code;
        this.bytes = bytes;
        this.dtype = dtype;
    }

    /** Finds the type of a number of TensorProto.DataType; null where it is none of these. */
    static @Nullable ElementType of(long code) {
        for (ElementType type : values()) {
            if (type.code == code) {
                return type;
            }
        }
        return null;
    }

    int code() {
        return code;
    }

    int bytes() {
        return bytes;
    }

    /** Returns the precision of a weight; null where weights do not have this type. */
    @Nullable TensorDtype dtype() {
        return dtype;
    }
}
