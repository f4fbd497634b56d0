/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.files;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.stream.Stream;

/**
 * The files of a model in Hugging Face's layout that decide its numbers, and how texts become its
 * tokens: its weights, its config and its tokenizer.
 */
public final class BaseFiles {
    private static final List<String> SETTINGS =
            List.of(
                    "config.json",
                    "tokenizer.json",
                    "tokenizer_config.json",
                    "added_tokens.json",
                    "special_tokens_map.json",
                    "chat_template.jinja",
                    "chat_template.json");

    private BaseFiles() {}

    /**
     * Lists those that are there.
     *
     * @param directory the model's directory
     * @return the files by their names
     * @throws IOException if the directory cannot be read
     */
    public static SortedMap<String, Path> of(Path directory) throws IOException {
        SortedMap<String, Path> found = new TreeMap<>();
        try (Stream<Path> files = Files.list(directory)) {
            files.filter(Files::isRegularFile)
                    .filter(BaseFiles::counts)
                    .forEach(file -> found.put(String.valueOf(file.getFileName()), file));
        }
        return found;
    }

    private static boolean counts(Path file) {
        String name = String.valueOf(file.getFileName());
        return SETTINGS.contains(name)
                || (name.startsWith("model") && name.endsWith(".safetensors"))
                || (name.startsWith("pytorch_model") && name.endsWith(".bin"));
    }
}
