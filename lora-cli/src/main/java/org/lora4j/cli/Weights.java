/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.cli;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.stream.Stream;

/** The weight files of a directory. */
final class Weights {
    private Weights() {}

    /** Returns the size of all safetensors files together. */
    static long bytes(Path directory) throws IOException {
        try (Stream<Path> files = Files.list(directory)) {
            long sum = 0;
            for (Path file : files.filter(f -> f.toString().endsWith(".safetensors")).toList()) {
                sum += Files.size(file);
            }
            return sum;
        }
    }
}
