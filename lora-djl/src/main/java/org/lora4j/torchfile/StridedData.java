/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.torchfile;

import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Path;
import java.util.zip.ZipException;
import org.lora4j.safetensors.ByteSink;
import org.lora4j.safetensors.TensorData;

/** The elements of a tensor in a file of torch.save, in row-major order. */
record StridedData(Path path, TorchContainer container, PickleValue.Tensor tensor)
        implements TensorData {
    @Override
    public void writeTo(ByteSink out) throws IOException {
        if (tensor.shape().size() == 0) {
            return;
        }
        int elementBytes = (int) tensor.dtype().byteSize(1);
        PickleValue.Storage storage = tensor.storage();
        int storageUnit = storage.dtype() == null ? 1 : elementBytes;
        long from = storage.start() * storageUnit + tensor.offset() * elementBytes;
        try (InputStream in = container.open(storage, from)) {
            new StridedView(elementBytes, tensor.shape(), tensor.strides()).read(in, out);
        } catch (PickleException e) {
            throw e.in(path);
        } catch (ZipException | EOFException e) {
            throw new InvalidTorchFileException(
                    path, "the data of a tensor is damaged (" + e.getMessage() + ")");
        }
    }
}
