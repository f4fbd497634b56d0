/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.examples;

import java.io.IOException;
import java.nio.file.Path;
import org.lora4j.export.GgufAdapterExport;
import org.lora4j.export.GgufExport;
import org.lora4j.export.OnnxExport;
import org.lora4j.export.gguf.GgufType;
import org.lora4j.hf.LoadOptions;
import org.lora4j.hf.LoraModel;
import org.lora4j.hf.merge.MergedTensors;
import org.lora4j.torch.TensorDtype;

/** Writes a base with its adapter for ONNX Runtime or for llama.cpp. */
public final class HandOver {
    private HandOver() {}

    /**
     * Runs the example.
     *
     * @param args a model directory; an adapter of it; the file to write, which ends in .onnx or
     *     .gguf
     * @throws IOException if a file cannot be read or written
     */
    public static void main(String[] args) throws IOException {
        if (args.length != 3) {
            throw new IllegalArgumentException("expected: MODEL_DIRECTORY ADAPTER OUTPUT");
        }
        Path output = Path.of(args[2]);
        if (args[2].endsWith(".gguf")) {
            toLlamaCpp(Path.of(args[0]), Path.of(args[1]), output);
        } else {
            toOnnx(Path.of(args[0]), Path.of(args[1]), output);
        }
    }

    static void toOnnx(Path base, Path adapter, Path file) throws IOException {
        // snippet: onnx
        try (LoraModel adapted = LoraModel.load(base, adapter, LoadOptions.defaults());
                LoraModel merged = adapted.mergeAndUnload()) {
            OnnxExport.write(merged, file);
        }
        // end
    }

    static void toLlamaCpp(Path base, Path adapter, Path file) throws IOException {
        // snippet: gguf
        try (MergedTensors merged = MergedTensors.open(base, adapter, TensorDtype.F32)) {
            GgufExport.write(merged, file, GgufType.Q8_0);
        }
        // end
    }

    static void adapterToLlamaCpp(Path base, Path adapter, Path file) throws IOException {
        // snippet: adapter
        GgufAdapterExport.write(base, adapter, file, GgufType.F32);
        // end
    }
}
