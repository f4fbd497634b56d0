/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.torchscript;

import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.util.zip.ZipException;
import org.lora4j.torch.TensorDtype;
import org.lora4j.torchfile.LazyTensor;
import org.lora4j.torchfile.PickleException;
import org.lora4j.torchfile.StridedView;
import org.lora4j.torchscript.archive.InvalidScriptException;
import org.lora4j.torchscript.archive.ScriptRecords;
import org.lora4j.torchscript.pickle.ScriptTensor;

/** Tensors of an archive that are read when they are asked for. */
final class TensorViews {
    private TensorViews() {}

    /** A tensor whose dtype is known; the folder is {@code data/} or {@code constants/}. */
    static LazyTensor lazy(ScriptRecords records, String folder, ScriptTensor tensor) {
        TensorDtype dtype = tensor.dtype().orElseThrow();
        String record = folder + tensor.storage().key();
        int bytes = tensor.storage().elementBytes();
        StridedView view = new StridedView(bytes, tensor.shape(), tensor.strides());
        return new LazyTensor(
                dtype,
                tensor.shape(),
                out -> {
                    if (tensor.shape().size() == 0) {
                        return;
                    }
                    try (InputStream in = records.open(record, tensor.offset() * bytes)) {
                        view.read(in, out);
                    } catch (PickleException e) {
                        throw new InvalidScriptException(
                                records.path(), record, String.valueOf(e.getMessage()));
                    } catch (ZipException | EOFException e) {
                        throw records.damaged(record, new IOException(e.getMessage(), e));
                    }
                });
    }
}
