/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.cli;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.lora4j.testkit.WordBert;

/** A tiny model and data in a folder. */
record Bench(Path folder, Path model, Path train, Path dev) {
    static Bench in(Path folder) throws IOException {
        Path model = folder.resolve("model");
        WordBert.write(model, Sentences.words(), 7);
        Sentences sentences = new Sentences(3);
        return new Bench(
                folder,
                model,
                sentences.write(folder.resolve("train.tsv"), 301),
                sentences.write(folder.resolve("dev.tsv"), 37));
    }

    Path file(String name) {
        return folder.resolve(name);
    }

    /** The arguments of a short training, and more. */
    Object[] train(Path output, Object... more) {
        return join(
                List.of(
                        "train",
                        "--model",
                        model,
                        "--data",
                        train,
                        "--text-column",
                        "text",
                        "--label-column",
                        "label",
                        "--output",
                        output,
                        "--rank",
                        "3",
                        "--alpha",
                        "7",
                        "--batch-size",
                        "16",
                        "--threads",
                        "1"),
                more);
    }

    /** The arguments of an evaluation, and more. */
    Object[] evaluate(Object... more) {
        return join(
                List.of(
                        "evaluate",
                        "--data",
                        dev,
                        "--text-column",
                        "text",
                        "--label-column",
                        "label",
                        "--threads",
                        "1"),
                more);
    }

    private static Object[] join(List<Object> first, Object... more) {
        List<Object> all = new ArrayList<>(first);
        all.addAll(List.of(more));
        return all.toArray();
    }
}
