/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.checks;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;

/** Where things are in the checkout. */
final class House {
    /** The modules that others depend on; their public types are the public API. */
    static final List<String> LIBRARIES =
            List.of(
                    "lora-jinja",
                    "lora-core",
                    "lora-djl",
                    "lora-hf",
                    "lora-export",
                    "lora-langchain4j",
                    "lora-spring-ai",
                    "lora-spring-boot-starter");

    /** Every module that has Java in it. */
    static final List<String> MODULES =
            Stream.concat(
                            LIBRARIES.stream(),
                            Stream.of(
                                    "lora-demo",
                                    "lora-testkit",
                                    "lora-cli",
                                    "lora-examples",
                                    "bench"))
                    .toList();

    private House() {}

    static Path root() {
        String root = System.getProperty("lora4j.root");
        if (root == null) {
            throw new IllegalStateException("run by Maven, which sets lora4j.root to the checkout");
        }
        return Path.of(root);
    }

    /** The folders of compiled main classes that exist, of the modules named. */
    static List<Path> classes(List<String> modules) {
        return modules.stream()
                .map(module -> root().resolve(module).resolve("target/classes"))
                .filter(Files::isDirectory)
                .toList();
    }

    /** All files under a folder whose name ends so, sorted; none when the folder is absent. */
    static List<Path> files(Path folder, String ending) {
        if (!Files.isDirectory(folder)) {
            return List.of();
        }
        try (Stream<Path> walk = Files.walk(folder)) {
            return walk.filter(path -> path.toString().endsWith(ending)).sorted().toList();
        } catch (IOException e) {
            throw new UncheckedIOException("cannot list " + folder, e);
        }
    }

    static String read(Path file) {
        try {
            return Files.readString(file);
        } catch (IOException e) {
            throw new UncheckedIOException("cannot read " + file, e);
        }
    }
}
