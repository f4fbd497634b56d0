/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.export;

import ai.djl.ndarray.NDManager;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.lora4j.export.gguf.GgufType;
import org.lora4j.hf.merge.MergedTensors;
import org.lora4j.torch.TensorDtype;

/** A program of its own, because its memory is measured: merges, exports, says what it took. */
final class StreamRun {
    private StreamRun() {}

    /** Arguments: the model, the adapter, and the folder for what is written. */
    public static void main(String[] args) throws IOException {
        // the engine and what it starts with count for nothing
        NDManager.newBaseManager("PyTorch").close();
        long before = kilobytes("VmRSS");
        Path folder = Path.of(args[2]);
        try (MergedTensors tensors =
                MergedTensors.open(Path.of(args[0]), Path.of(args[1]), TensorDtype.F32)) {
            tensors.save(folder.resolve("merged"), TensorDtype.F32);
            GgufExport.write(tensors, folder.resolve("model.gguf"), GgufType.F16);
        }
        System.out.printf("peak %d%n", 1024 * (kilobytes("VmHWM") - before));
    }

    private static long kilobytes(String key) throws IOException {
        return Files.readAllLines(Path.of("/proc/self/status")).stream()
                .filter(line -> line.startsWith(key + ":"))
                .mapToLong(line -> Long.parseLong(line.replaceAll("\\D", "")))
                .findFirst()
                .orElseThrow();
    }
}
