/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.export.onnx;

import ai.djl.ndarray.NDArray;
import java.io.IOException;
import java.io.OutputStream;
import org.lora4j.safetensors.ByteSink;
import org.lora4j.safetensors.FiniteBytes;
import org.lora4j.safetensors.TensorData;
import org.lora4j.torch.TensorDtype;

/**
 * How a weight lies in an ONNX file.
 *
 * @param dtype its precision
 * @param transposed whether a matrix W [out, in] lies as [in, out], the right factor of MatMul
 */
record WeightForm(TensorDtype dtype, boolean transposed) {
    /** Writes the bytes of a weight in this form: little endian, row-major. */
    void write(NDArray weight, ByteSink sink) throws IOException {
        if (!transposed) {
            TensorData.of(weight, dtype).writeTo(sink);
            return;
        }
        try (NDArray turned = weight.transpose()) {
            TensorData.of(turned, dtype).writeTo(sink);
        }
    }

    /** Writes the bytes of a weight of finite numbers; others are refused with its name. */
    void writeFinite(String name, NDArray weight, OutputStream out) throws IOException {
        write(weight, new FiniteBytes(ByteSink.to(out), name, dtype));
    }
}
