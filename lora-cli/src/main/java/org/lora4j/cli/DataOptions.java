/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.cli;

import java.io.IOException;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;
import org.lora4j.hf.BatchOptions;
import org.lora4j.text.TextColumns;
import org.lora4j.text.TextFileReader;
import picocli.CommandLine;
import picocli.CommandLine.Option;

/** The data file and how it is read. */
final class DataOptions {
    @Option(
            names = "--data",
            showDefaultValue = CommandLine.Help.Visibility.NEVER,
            required = true,
            paramLabel = "FILE",
            description = "The texts: .tsv or .csv with a header line, or .jsonl.")
    private Path data = Path.of("");

    @Option(
            names = "--text-column",
            showDefaultValue = CommandLine.Help.Visibility.NEVER,
            required = true,
            paramLabel = "NAME",
            description = "The column of the text.")
    private String text = "";

    @Option(
            names = "--text-pair-column",
            paramLabel = "NAME",
            description = "The column of the second text, for pairs.")
    private @Nullable String pair;

    @Option(
            names = "--label-column",
            paramLabel = "NAME",
            description = "The column of the label: a name, its number, or a regression's target.")
    private @Nullable String label;

    @Option(
            names = "--max-length",
            defaultValue = "128",
            paramLabel = "N",
            description = "Tokens of a text; longer ones are cut.")
    private int maxLength;

    @Option(
            names = "--batch-size",
            defaultValue = "32",
            paramLabel = "N",
            description = "Texts in a batch.")
    private int batchSize;

    TextColumns columns() {
        return new TextColumns(text, pair, label);
    }

    boolean hasLabels() {
        return label != null;
    }

    Rows read() throws IOException {
        return read(data);
    }

    /** Reads another file with the same columns. */
    Rows read(Path file) throws IOException {
        return new Rows(file.toString(), TextFileReader.readAll(file, columns()));
    }

    /**
     * Returns how the texts are batched.
     *
     * @throws IllegalArgumentException if a value is out of range
     */
    BatchOptions batches(boolean bucketing, boolean shuffle, long seed) {
        return new BatchOptions(batchSize, maxLength, bucketing, shuffle, seed);
    }
}
