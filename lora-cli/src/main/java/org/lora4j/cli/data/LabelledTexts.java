/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.cli.data;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.function.Supplier;
import org.lora4j.cli.terminal.Console;
import org.lora4j.hf.BatchOptions;
import org.lora4j.hf.TextBatch;
import org.lora4j.hf.TextDataset;
import org.lora4j.hf.stream.StreamedDataset;
import org.lora4j.text.TextExample;
import org.lora4j.text.TextModel;
import org.lora4j.text.lines.TextColumns;
import org.lora4j.text.table.LabelSet;
import org.lora4j.text.table.RegressionTargets;
import org.lora4j.text.table.TextFile;
import org.lora4j.text.table.TextFileReader;
import org.lora4j.train.BatchSource;

/**
 * The labelled texts of a file, held in memory or streamed.
 *
 * @param labels returns the distinct labels, in order of appearance
 * @param requireLabels checks that every label is known, and names the line of the first that is
 *     not
 * @param requireNumbers checks that every label is a number, and names the line of the first that
 *     is not
 * @param training makes the batches to train a model on
 * @param evaluation makes the batches to measure a model with
 * @param prediction makes batches without labels
 */
public record LabelledTexts(
        Supplier<Set<String>> labels,
        Consumer<LabelSet> requireLabels,
        Runnable requireNumbers,
        Function<TextModel, BatchSource<TextBatch>> training,
        Function<TextModel, BatchSource<TextBatch>> evaluation,
        Function<TextModel, BatchSource<TextBatch>> prediction) {

    /** Reads a file, or only looks through it if it is to be streamed. */
    public static LabelledTexts read(
            Path path, DataOptions data, BatchOptions options, Console console) throws IOException {
        TextColumns columns = data.columns();
        if (data.isStreamed(path)) {
            TextFile file = TextFile.open(path, columns);
            return new LabelledTexts(
                    file::labels,
                    file::requireLabels,
                    file::requireNumbers,
                    model -> told(file, StreamedDataset.forTraining(model, file, options), console),
                    model ->
                            told(
                                    file,
                                    StreamedDataset.forEvaluation(model, file, options),
                                    console),
                    model ->
                            told(
                                    file,
                                    StreamedDataset.forPrediction(model, file, options),
                                    console));
        }
        List<TextExample> rows = TextFileReader.readAll(path, columns);
        String source = path.toString();
        return new LabelledTexts(
                () -> LabelSet.labelsOf(rows),
                known -> known.indices(rows, source),
                () -> RegressionTargets.parse(rows, source),
                model -> told(path, TextDataset.forTraining(model, rows, source, options), console),
                model ->
                        told(
                                path,
                                TextDataset.forEvaluation(model, rows, source, options),
                                console),
                model ->
                        told(
                                path,
                                TextDataset.forPrediction(model, rows, source, options),
                                console));
    }

    private static StreamedDataset<TextBatch> told(
            TextFile file, StreamedDataset<TextBatch> data, Console console) {
        SampleReport.tellStreamed(file.path(), file.size(), console);
        return data;
    }

    private static TextDataset told(Path path, TextDataset data, Console console) {
        if (data.truncated() > 0) {
            console.say(
                    "%,d of %,d texts of %s are longer than %,d tokens and were cut there",
                    data.truncated(), data.size(), path, data.longest());
        }
        return data;
    }
}
