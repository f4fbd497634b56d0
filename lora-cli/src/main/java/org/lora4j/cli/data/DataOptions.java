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
import org.lora4j.hf.BatchOptions;
import org.lora4j.text.TextModel;
import org.lora4j.text.lines.TextColumns;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** The data file and how it is read. */
public final class DataOptions {
    /** The options that only labelled texts have. */
    public static final List<String> COLUMNS =
            List.of("--text-column", "--text-pair-column", "--label-column");

    /** Files larger than this are streamed unless the command line says otherwise. */
    private static final long STREAMED_ABOVE = 16 << 20;

    @Option(
            names = "--data",
            required = true,
            paramLabel = "FILE",
            description =
                    "The texts: .tsv or .csv with a header line, or .jsonl; for causal-lm .jsonl;"
                        + " for token-cls .jsonl, or CoNLL's columns under any other name; for qa"
                        + " .jsonl, or SQuAD's JSON under any other name.")
    private Path data;

    @Option(
            names = "--text-column",
            paramLabel = "NAME",
            description = "The column of the text; not for causal-lm, which has a --format.")
    private @Nullable String text;

    @Option(
            names = "--text-pair-column",
            paramLabel = "NAME",
            description = "A pair's second text.")
    private @Nullable String pair;

    @Option(
            names = "--label-column",
            paramLabel = "NAME",
            description = "The column of the label: a name, its number, or a regression's target.")
    private @Nullable String label;

    @Mixin private BatchSizeOptions sizes;

    /** Whether a file is streamed. */
    private enum Streaming {
        auto,
        on,
        off
    }

    @Option(
            names = "--stream",
            paramLabel = "auto|on|off",
            description =
                    "Whether texts stay in their file and are read as they are needed; a training"
                            + " then shuffles them within windows of 4 MiB that are drawn from the"
                            + " whole file. auto streams files larger than 16 MiB.")
    private Streaming stream = Streaming.auto;

    public Path file() {
        return data;
    }

    boolean isStreamed(Path file) throws IOException {
        boolean large = Files.exists(file) && Files.size(file) > STREAMED_ABOVE;
        return stream == Streaming.on || (stream == Streaming.auto && large);
    }

    /** Checks that the file exists, before anything that takes longer. */
    public void requireFile() throws NoSuchFileException {
        if (!Files.exists(data)) {
            throw new NoSuchFileException(data.toString(), null, "no such data file");
        }
    }

    /**
     * Returns the columns.
     *
     * @throws IllegalArgumentException if there is no text column, or a column is named twice
     */
    public TextColumns columns() {
        if (text == null) {
            throw new IllegalArgumentException(
                    "--text-column is missing; labelled texts are read by their columns");
        }
        return new TextColumns(text, pair, label);
    }

    public boolean hasPairs() {
        return pair != null;
    }

    public boolean hasLabels() {
        return label != null;
    }

    /**
     * Returns how texts are batched.
     *
     * @param causal whether they are a language model's
     * @throws IllegalArgumentException if a value is out of range
     */
    public BatchOptions batches(boolean causal, boolean bucketing, boolean shuffle, long seed) {
        return new BatchOptions(sizes.size(causal), sizes.length(causal), bucketing, shuffle, seed);
    }

    /** Returns how texts of an embedding are batched: as long as the model's files say. */
    public BatchOptions embeddingBatches(boolean shuffle, long seed) {
        Integer asked = sizes.askedLength();
        return batches(false, false, shuffle, seed)
                .withMaxLength(asked == null ? Integer.MAX_VALUE : asked);
    }

    /** Returns how questions are batched: in windows of 384 tokens. */
    public BatchOptions questionBatches(boolean bucketing, boolean shuffle, long seed) {
        Integer asked = sizes.askedLength();
        return batches(false, bucketing, shuffle, seed)
                .withMaxLength(asked == null ? BatchSizeOptions.QUESTION_LENGTH : asked);
    }

    /** Warns of a length that was asked for and that the model has no positions for. */
    public void tellPositions(TextModel model, Console console) {
        Integer asked = sizes.askedLength();
        if (asked != null && asked > model.maxPositions()) {
            console.say(
                    "--max-length %,d is above the model's %,d positions: texts are cut there",
                    asked, model.maxPositions());
        }
    }
}
