/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.adapter;

import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.TreeMap;

/**
 * Where several adapters of one model lie, as PEFT's save_pretrained puts them: the one named
 * {@value #DEFAULT} in the directory itself, each other in a directory of its name below.
 */
public final class PeftDirectories {
    /** The adapter that has no directory of its own. */
    public static final String DEFAULT = "default";

    private PeftDirectories() {}

    /**
     * Finds the adapters of a directory.
     *
     * @param directory what save_pretrained was given
     * @return each adapter's name and directory; "default" first, the others in order; empty if
     *     there are none
     * @throws IOException if the directory cannot be read
     */
    public static Map<String, Path> find(Path directory) throws IOException {
        Map<String, Path> found = new LinkedHashMap<>();
        if (Files.exists(directory.resolve(PeftConfigFile.FILE_NAME))) {
            found.put(DEFAULT, directory);
        }
        Map<String, Path> others = new TreeMap<>();
        if (Files.isDirectory(directory)) {
            try (DirectoryStream<Path> children = Files.newDirectoryStream(directory)) {
                for (Path child : children) {
                    if (Files.exists(child.resolve(PeftConfigFile.FILE_NAME))) {
                        others.put(child.getFileName().toString(), child);
                    }
                }
            }
        }
        others.forEach(found::putIfAbsent);
        return found;
    }

    /**
     * Returns where an adapter of a name goes.
     *
     * @param directory what save_pretrained would be given
     * @param adapter the adapter's name
     * @return the directory itself, or one below it
     * @throws IllegalArgumentException if the name is no name of a directory
     */
    public static Path of(Path directory, String adapter) {
        if (adapter.equals(DEFAULT)) {
            return directory;
        }
        if (adapter.isBlank()
                || adapter.equals(".")
                || adapter.equals("..")
                || adapter.contains("/")
                || adapter.contains("\\")
                || Path.of(adapter).getNameCount() != 1) {
            throw new IllegalArgumentException(
                    ("the adapter's name \"%s\" cannot be a directory's; save it with saveAdapter"
                                    + " to a directory of your choice")
                            .formatted(adapter));
        }
        return directory.resolve(adapter);
    }
}
