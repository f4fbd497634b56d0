/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.provenance;

import java.io.IOException;
import java.nio.file.Path;
import java.util.Collection;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import org.lora4j.files.BaseFiles;

/**
 * Files that a training read, such as its base model or its data.
 *
 * @param directory where they were, as an absolute path
 * @param files what they held, by their names in the directory
 */
public record Source(String directory, SortedMap<String, FileHash> files) {
    /** Copies the map. */
    public Source {
        files = Collections.unmodifiableSortedMap(new TreeMap<>(files));
    }

    /**
     * Reads a model in Hugging Face's layout: its weights, its config and its tokenizer.
     *
     * @param directory the model's directory
     * @throws IOException if a file cannot be read
     */
    public static Source ofModel(Path directory) throws IOException {
        return of(directory, BaseFiles.of(directory).values());
    }

    /**
     * Reads one file.
     *
     * @throws IOException if it is no regular file or cannot be read
     */
    public static Source ofFile(Path file) throws IOException {
        Path whole = file.toAbsolutePath();
        Path parent = whole.getParent();
        return of(parent == null ? whole : parent, List.of(file));
    }

    private static Source of(Path directory, Collection<Path> files) throws IOException {
        Map<String, FileHash> hashes = new TreeMap<>();
        for (Path file : files) {
            hashes.put(String.valueOf(file.getFileName()), FileHash.of(file));
        }
        String place = directory.toAbsolutePath().normalize().toString();
        return new Source(place, new TreeMap<>(hashes));
    }
}
