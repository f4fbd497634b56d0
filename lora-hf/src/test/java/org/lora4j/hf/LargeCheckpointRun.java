/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.hf;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.lora4j.torch.TensorDtype;

/** A program of its own, because its memory is measured: loads a model and says what it took. */
final class LargeCheckpointRun {
    private LargeCheckpointRun() {}

    /** Arguments: the directory, the precision. */
    public static void main(String[] args) throws IOException {
        LoadOptions options = LoadOptions.defaults().withDtype(TensorDtype.valueOf(args[1]));
        // the engine and what it starts with count for nothing
        ai.djl.ndarray.NDManager.newBaseManager("PyTorch").close();
        long before = kilobytes("RssAnon");
        Path directory = Path.of(args[0]);
        try (LoraModel model = LoraModel.load(directory, Task.causalLanguageModel(), options)) {
            System.out.printf(
                    "parameters %d added %d peak %d%n",
                    model.trainableParameters().all(),
                    1024 * (kilobytes("RssAnon") - before),
                    1024 * (kilobytes("VmHWM") - before));
        }
    }

    private static long kilobytes(String key) throws IOException {
        return Files.readAllLines(Path.of("/proc/self/status")).stream()
                .filter(line -> line.startsWith(key + ":"))
                .mapToLong(line -> Long.parseLong(line.replaceAll("\\D", "")))
                .findFirst()
                .orElseThrow();
    }
}
