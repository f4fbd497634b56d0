/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.export.gguf;

import ai.djl.ndarray.NDArray;
import java.io.IOException;
import java.io.OutputStream;
import org.lora4j.safetensors.ByteSink;
import org.lora4j.safetensors.FiniteBytes;
import org.lora4j.safetensors.TensorData;
import org.lora4j.torch.TensorDtype;

/** How the numbers of a GGUF tensor are stored: ggml_type. */
public enum GgufType {
    /** 32-bit floating point. */
    F32(0, 0),
    /** IEEE half precision, rounded to nearest. */
    F16(1, 1),
    /** Blocks of 32 numbers: a half-precision scale d = max|x| / 127 and 8 bits of x/d for each. */
    Q8_0(8, 7);

    /** The numbers of a block of {@link #Q8_0}, which rows must be a multiple of. */
    public static final int BLOCK = 32;

    private final int code;
    private final int fileType;

    GgufType(int code, int fileType) {
        this.code = code;
        this.fileType = fileType;
    }

    int code() {
        return code;
    }

    /** Returns the number that general.file_type has for files of mostly this type. */
    public int fileType() {
        return fileType;
    }

    long bytes(long elements) {
        return switch (this) {
            case F32 -> elements * 4;
            case F16 -> elements * 2;
            case Q8_0 -> elements / BLOCK * (BLOCK + 2);
        };
    }

    /** Writes finite numbers; others are refused with the tensor's name. */
    void write(String name, NDArray array, OutputStream out) throws IOException {
        ByteSink sink = ByteSink.to(out);
        if (this == F16) {
            TensorData.of(array, TensorDtype.F16)
                    .writeTo(new FiniteBytes(sink, name, TensorDtype.F16));
            return;
        }
        ByteSink floats = this == F32 ? sink : new BlockQuantizer(sink);
        TensorData.of(array, TensorDtype.F32)
                .writeTo(new FiniteBytes(floats, name, TensorDtype.F32));
    }
}
