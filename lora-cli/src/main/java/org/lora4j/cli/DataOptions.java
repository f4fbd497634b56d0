/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.cli;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.lora4j.hf.BatchOptions;
import org.lora4j.text.TextColumns;
import org.lora4j.text.TextFileReader;
import picocli.CommandLine;
import picocli.CommandLine.Option;

/** The data file and how it is read. */
final class DataOptions {
    /** The options that only labelled texts have. */
    static final List<String> COLUMNS =
            List.of("--text-column", "--text-pair-column", "--label-column");

    private static final int LABELLED_LENGTH = 128;
    private static final int LABELLED_BATCH = 32;
    static final int CAUSAL_LENGTH = 512;
    private static final int CAUSAL_BATCH = 4;

    @Option(
            names = "--data",
            showDefaultValue = CommandLine.Help.Visibility.NEVER,
            required = true,
            paramLabel = "FILE",
            description =
                    "The texts: .tsv or .csv with a header line, or .jsonl; for causal-lm .jsonl.")
    private Path data = Path.of("");

    @Option(
            names = "--text-column",
            paramLabel = "NAME",
            description = "The column of the text; not for causal-lm, which has a --format.")
    private @Nullable String text;

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
            paramLabel = "N",
            description =
                    "Tokens of a text; longer ones are cut. "
                            + LABELLED_LENGTH
                            + " by default, "
                            + CAUSAL_LENGTH
                            + " for causal-lm.")
    private @Nullable Integer maxLength;

    @Option(
            names = "--batch-size",
            paramLabel = "N",
            description =
                    "Texts in a batch, or rows of --max-length tokens with --packing. "
                            + LABELLED_BATCH
                            + " by default, "
                            + CAUSAL_BATCH
                            + " for causal-lm.")
    private @Nullable Integer batchSize;

    Path file() {
        return data;
    }

    /** Looks whether there is a file at all, before what takes longer. */
    void requireFile() throws NoSuchFileException {
        if (!Files.exists(data)) {
            throw new NoSuchFileException(data.toString(), null, "no such data file");
        }
    }

    /**
     * Returns the columns.
     *
     * @throws IllegalArgumentException if they are not named, or one twice
     */
    TextColumns columns() {
        if (text == null) {
            throw new IllegalArgumentException(
                    "--text-column is missing; labelled texts are read by their columns");
        }
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
     * Returns how labelled texts are batched.
     *
     * @throws IllegalArgumentException if a value is out of range
     */
    BatchOptions batches(boolean bucketing, boolean shuffle, long seed) {
        return new BatchOptions(
                batchSize == null ? LABELLED_BATCH : batchSize,
                maxLength == null ? LABELLED_LENGTH : maxLength,
                bucketing,
                shuffle,
                seed);
    }

    /**
     * Returns how a language model's texts are batched.
     *
     * @throws IllegalArgumentException if a value is out of range
     */
    BatchOptions causalBatches(boolean bucketing, boolean shuffle, long seed) {
        return new BatchOptions(
                batchSize == null ? CAUSAL_BATCH : batchSize,
                maxLength == null ? CAUSAL_LENGTH : maxLength,
                bucketing,
                shuffle,
                seed);
    }
}
