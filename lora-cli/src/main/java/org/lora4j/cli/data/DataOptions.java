/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.cli.data;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.lora4j.cli.terminal.Console;
import org.lora4j.cli.terminal.Words;
import org.lora4j.hf.BatchOptions;
import org.lora4j.hf.LoraModel;
import org.lora4j.text.lines.TextColumns;
import picocli.CommandLine;
import picocli.CommandLine.Option;

/** The data file and how it is read. */
public final class DataOptions {
    /** The options that only labelled texts have. */
    public static final List<String> COLUMNS =
            List.of("--text-column", "--text-pair-column", "--label-column");

    private static final String STREAM = "--stream";

    public static final int LABELLED_LENGTH = 128;
    private static final int LABELLED_BATCH = 32;
    public static final int CAUSAL_LENGTH = 512;
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

    @Option(
            names = STREAM,
            paramLabel = "auto|on|off",
            defaultValue = "auto",
            description =
                    "Whether texts stay in their file and are read as they are needed, in a"
                        + " training shuffled within windows of 4 MiB that are drawn from the whole"
                        + " file. auto streams files larger than 16 MiB.")
    private Streaming stream = Streaming.auto;

    public Path file() {
        return data;
    }

    /** Returns whether files are streamed. */
    public Streaming stream() {
        return stream;
    }

    /** Looks whether there is a file at all, before what takes longer. */
    public void requireFile() throws NoSuchFileException {
        if (!Files.exists(data)) {
            throw new NoSuchFileException(data.toString(), null, "no such data file");
        }
    }

    /**
     * Returns the columns.
     *
     * @throws IllegalArgumentException if they are not named, or one twice
     */
    public TextColumns columns() {
        if (text == null) {
            throw new IllegalArgumentException(
                    "--text-column is missing; labelled texts are read by their columns");
        }
        return new TextColumns(text, pair, label);
    }

    public boolean hasLabels() {
        return label != null;
    }

    /** Reads the labelled texts of a file with these columns. */
    public LabelledTexts read(Path file) throws IOException {
        return LabelledTexts.read(file, columns(), stream);
    }

    /**
     * Returns how labelled texts are batched.
     *
     * @throws IllegalArgumentException if a value is out of range
     */
    public BatchOptions batches(boolean bucketing, boolean shuffle, long seed) {
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
    public BatchOptions causalBatches(boolean bucketing, boolean shuffle, long seed) {
        return new BatchOptions(
                batchSize == null ? CAUSAL_BATCH : batchSize,
                maxLength == null ? CAUSAL_LENGTH : maxLength,
                bucketing,
                shuffle,
                seed);
    }

    /**
     * Says that a length was asked for which the model has no positions for, or nothing.
     *
     * @param batches what was asked for
     * @param usual the length where none is given, which asks for nothing
     */
    public static void tellPositions(
            BatchOptions batches, int usual, LoraModel model, Console console) {
        int asked = batches.maxLength();
        if (asked > model.maxPositions() && asked != usual) {
            console.say(
                    Words.format(
                            "--max-length %,d is above the model's %,d positions: texts are cut"
                                    + " there",
                            asked, model.maxPositions()));
        }
    }
}
