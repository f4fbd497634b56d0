/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.safetensors;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import org.lora4j.torch.TensorDtype;

/**
 * Writes a tensor's bytes if every number is finite: rounding to a narrower precision may have made
 * one infinite. Not thread-safe.
 *
 * @param out where the bytes go
 * @param path the tensor
 * @param dtype F32, BF16 or F16
 */
public record FiniteBytes(ByteSink out, String path, TensorDtype dtype) implements ByteSink {
    @Override
    public void write(ByteBuffer source) throws IOException {
        ByteBuffer bytes = source.duplicate().order(ByteOrder.LITTLE_ENDIAN);
        boolean finite = true;
        // a number is not finite where all bits of its exponent are set
        if (dtype == TensorDtype.F32) {
            for (int i = bytes.position(); i < bytes.limit(); i += Float.BYTES) {
                finite &= (bytes.getInt(i) & 0x7f800000) != 0x7f800000;
            }
        } else {
            int exponent = dtype == TensorDtype.BF16 ? 0x7f80 : 0x7c00;
            for (int i = bytes.position(); i < bytes.limit(); i += Short.BYTES) {
                finite &= (bytes.getShort(i) & exponent) != exponent;
            }
        }
        if (!finite) {
            throw new IOException(
                    "%s is NaN or infinite in %s; %s"
                            .formatted(
                                    path,
                                    dtype,
                                    dtype == TensorDtype.F16
                                            ? "float16 ends at 65504, save in bfloat16 or float32"
                                            : "such a model is not saved"));
        }
        out.write(source);
    }
}
