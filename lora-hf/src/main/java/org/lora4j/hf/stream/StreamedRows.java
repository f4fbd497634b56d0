/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.hf.stream;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import org.lora4j.hf.BatchOptions;
import org.lora4j.hf.TextBatch;
import org.lora4j.hf.TextDataset;
import org.lora4j.text.TextModel;
import org.lora4j.text.TextTarget;
import org.lora4j.text.TokenizedDataset;
import org.lora4j.text.batch.BatchPlanner;
import org.lora4j.text.table.LabelSet;
import org.lora4j.text.table.TextFile;

/** The rows of a file for a classifier or a regression. */
final class StreamedRows implements StreamedTexts<TextBatch> {
    /** What the rows are read for. */
    enum Use {
        TRAINING,
        EVALUATION,
        PREDICTION
    }

    private final TextModel model;
    private final TextFile file;
    private final BatchOptions options;
    private final Use use;
    private final StreamTally tally = new StreamTally();

    /**
     * Checks the labels, unless they are for prediction alone.
     *
     * @throws IllegalArgumentException if the model does not know one of them
     */
    StreamedRows(TextModel model, TextFile file, BatchOptions options, Use use) {
        this.model = model;
        this.file = file;
        this.options = options;
        this.use = use;
        if (use == Use.PREDICTION) {
            return;
        }
        if (model.labels().isEmpty()) {
            file.requireNumbers();
        } else if (model.target() == TextTarget.LABEL) {
            file.requireLabels(LabelSet.of(model.labels()));
        }
    }

    @Override
    public Class<TextBatch> batchType() {
        return TextBatch.class;
    }

    @Override
    public Path path() {
        return file.path();
    }

    @Override
    public int longest() {
        return TextDataset.longest(model, options);
    }

    @Override
    public String options() {
        return options + ", at most " + longest() + " tokens";
    }

    @Override
    public int[][] windows(int epoch) {
        return file.windows(options.seed(), epoch, use == Use.TRAINING && options.shuffle());
    }

    @Override
    public Window<TextBatch> read(int[] blocks) {
        String source = file.path().toString();
        TextFile.Part part;
        try {
            part = file.tokenize(blocks, model.tokenizer(), longest(), TextDataset.pad(model));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        TokenizedDataset texts = part.texts();
        TextDataset.requireKnown(model, texts, source);
        float[] targets =
                use == Use.PREDICTION
                        ? new float[0]
                        : TextDataset.targets(model, part.rows(), source);
        return new Window<>(
                texts.lengths(),
                true,
                indices -> TextBatch.of(texts, targets, indices),
                new StreamedDataset.Tally(texts.size(), texts.truncated(), 0, 0, ""));
    }

    @Override
    public int[][] plan(int[] lengths, int epoch, long seed) {
        return use == Use.TRAINING
                ? TextDataset.plan(lengths, options.withSeed(seed)).epoch(epoch)
                : BatchPlanner.evaluation(lengths, options.batchSize());
    }

    @Override
    public boolean isCounted() {
        return true;
    }

    @Override
    public int batches(int[] blocks, int epoch, long seed) {
        return (int) (((long) file.rows(blocks) + options.batchSize() - 1) / options.batchSize());
    }

    @Override
    public StreamTally tally() {
        return tally;
    }

    @Override
    public IllegalArgumentException nothing(boolean ends) {
        return new IllegalArgumentException(
                file.path() + " has no examples; expected one at least");
    }
}
