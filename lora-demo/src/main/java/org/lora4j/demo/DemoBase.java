/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.demo;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.lora4j.files.AtomicFiles;

/**
 * The small language model of the demonstration: a Llama trained from scratch on generated tasks
 * (tools/demo-base), which can read, copy and write JSON.
 */
final class DemoBase {
    private static final List<String> FILES =
            List.of(
                    "config.json",
                    "generation_config.json",
                    "model.safetensors",
                    "tokenizer.json",
                    "tokenizer_config.json");

    private DemoBase() {}

    /** Writes it to a directory as Hugging Face's tools read it. */
    static void unpack(Path directory) throws IOException {
        Files.createDirectories(directory);
        for (String name : FILES) {
            try (InputStream in = DemoBase.class.getResourceAsStream("base/" + name)) {
                if (in == null) {
                    throw new IllegalStateException("base/" + name + " is not on the class path");
                }
                byte[] bytes = in.readAllBytes();
                AtomicFiles.write(directory.resolve(name), out -> out.write(bytes));
            }
        }
    }
}
