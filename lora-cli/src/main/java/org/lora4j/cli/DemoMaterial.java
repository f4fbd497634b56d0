/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.cli;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * What the demonstration trains.
 *
 * @param what it, in words
 * @param model the base's directory
 * @param train training data
 * @param validation validation data
 * @param textColumn the column of the text; the label's is "label"
 * @param targets the modules to adapt
 * @param steps the most steps to take
 * @param threads how many pay off
 */
record DemoMaterial(
        String what,
        Path model,
        Path train,
        Path validation,
        String textColumn,
        List<String> targets,
        int steps,
        int threads) {
    private static final String FOLDER = "LORA4J_DATA";
    private static final int REAL_STEPS = 400;
    private static final int TINY_STEPS = 200;

    /** Finds MiniLM and SST-2, else makes a tiny model and data in a directory. */
    static DemoMaterial find(@Nullable Path given, Path work, long seed) throws IOException {
        if (given != null) {
            List<Path> missing = missing(given);
            if (!missing.isEmpty()) {
                throw new IOException(
                        missing.get(0)
                                + ": no such file; expected a folder with minilm/ (a Hugging Face"
                                + " model) and sst2/train.tsv, sst2/dev.tsv");
            }
            return real(given);
        }
        Optional<Path> found = folders().stream().filter(f -> missing(f).isEmpty()).findFirst();
        return found.isPresent() ? real(found.get()) : tiny(work, seed);
    }

    private static List<Path> folders() {
        List<Path> folders = new ArrayList<>();
        String named = System.getenv(FOLDER);
        if (named != null && !named.isBlank()) {
            folders.add(Path.of(named));
        }
        Checkout.root()
                .map(root -> root.resolveSibling("shared").resolve("data"))
                .ifPresent(folders::add);
        return folders;
    }

    private static List<Path> missing(Path folder) {
        return List.of(
                        folder.resolve("minilm").resolve("config.json"),
                        folder.resolve("sst2").resolve("train.tsv"),
                        folder.resolve("sst2").resolve("dev.tsv"))
                .stream()
                .filter(file -> !Files.isRegularFile(file))
                .toList();
    }

    private static DemoMaterial real(Path folder) {
        return new DemoMaterial(
                "MiniLM (22.7 million parameters) on SST-2, sentences from film reviews",
                folder.resolve("minilm"),
                folder.resolve("sst2").resolve("train.tsv"),
                folder.resolve("sst2").resolve("dev.tsv"),
                "text_a",
                List.of("query", "value"),
                REAL_STEPS,
                Runtime.getRuntime().availableProcessors());
    }

    private static DemoMaterial tiny(Path work, long seed) throws IOException {
        DemoSentences sentences = new DemoSentences(seed);
        Path model = work.resolve("tiny-bert");
        TinyBert.write(model, DemoSentences.words(), seed);
        return new DemoMaterial(
                "a tiny BERT with random weights, made here, on generated sentences (no MiniLM and"
                        + " SST-2 found; --data or "
                        + FOLDER
                        + " names a folder with minilm/ and sst2/)",
                model,
                sentences.write(work.resolve("train.tsv"), 2000),
                sentences.write(work.resolve("dev.tsv"), 200),
                "text",
                List.of("all-linear"),
                TINY_STEPS,
                1);
    }
}
