/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.cli.file;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Set;
import java.util.stream.Stream;
import org.lora4j.torchfile.WeightFiles;

/** The weight files of a directory. */
public final class Weights {
    private Weights() {}

    /**
     * Returns the size of all safetensors files, or if there are none, of all files of torch.save;
     * of a TorchScript file its own.
     */
    public static long bytes(Path directory) throws IOException {
        if (Files.isRegularFile(directory)) {
            return Files.size(directory);
        }
        String ending = WeightFiles.isPickled(directory) ? ".bin" : ".safetensors";
        try (Stream<Path> files = Files.list(directory)) {
            long sum = 0;
            for (Path file : files.filter(f -> f.toString().endsWith(ending)).toList()) {
                sum += Files.size(file);
            }
            return sum;
        }
    }

    /**
     * Returns the names of a model's tensors, whose numbers are not read; none where it has no
     * weight files.
     */
    public static Set<String> names(Path directory) throws IOException {
        if (bytes(directory) == 0) {
            return Set.of();
        }
        try (WeightFiles files = WeightFiles.open(directory)) {
            return Set.copyOf(files.tensors().keySet());
        }
    }
}
