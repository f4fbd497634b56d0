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
import org.lora4j.cli.terminal.Console;
import org.lora4j.hf.BatchOptions;
import org.lora4j.hf.LoraModel;
import org.lora4j.hf.TextBatch;
import org.lora4j.hf.TextDataset;
import org.lora4j.hf.stream.StreamedDataset;
import org.lora4j.text.TextExample;
import org.lora4j.text.lines.TextColumns;
import org.lora4j.text.table.LabelSet;
import org.lora4j.text.table.RegressionTargets;
import org.lora4j.text.table.TextFile;
import org.lora4j.text.table.TextFileReader;
import org.lora4j.train.BatchSource;

/** The labelled texts of a file: all in memory, or read as they are needed. */
public sealed interface LabelledTexts {
    /** Reads a file, or only looks through it where it is to be streamed. */
    static LabelledTexts read(Path file, TextColumns columns, Streaming how) throws IOException {
        return how.of(file)
                ? new Streamed(TextFile.open(file, columns))
                : new InMemory(file.toString(), TextFileReader.readAll(file, columns));
    }

    /** Returns the name of the file, for errors. */
    String source();

    /** Returns the distinct labels, in order of appearance. */
    Set<String> labels();

    /** Checks that every label is known, and names the line of the first that is not. */
    void requireLabels(LabelSet known);

    /** Checks that every label is a number, and names the line of the first that is not. */
    void requireNumbers();

    /** Returns the batches to train on. */
    BatchSource<TextBatch> training(LoraModel model, BatchOptions options, Console console);

    /** Returns the batches to measure with. */
    BatchSource<TextBatch> evaluation(LoraModel model, BatchOptions options, Console console);

    /** Returns batches without labels. */
    BatchSource<TextBatch> prediction(LoraModel model, BatchOptions options, Console console);

    /** Texts that are held. */
    record InMemory(String source, List<TextExample> rows) implements LabelledTexts {
        public InMemory {
            rows = List.copyOf(rows);
        }

        @Override
        public Set<String> labels() {
            return LabelSet.labelsOf(rows);
        }

        @Override
        public void requireLabels(LabelSet known) {
            known.indices(rows, source);
        }

        @Override
        public void requireNumbers() {
            RegressionTargets.parse(rows, source);
        }

        @Override
        public TextDataset training(LoraModel model, BatchOptions options, Console console) {
            return told(TextDataset.forTraining(model, rows, source, options), console);
        }

        @Override
        public TextDataset evaluation(LoraModel model, BatchOptions options, Console console) {
            return told(TextDataset.forEvaluation(model, rows, source, options), console);
        }

        @Override
        public TextDataset prediction(LoraModel model, BatchOptions options, Console console) {
            return told(TextDataset.forPrediction(model, rows, source, options), console);
        }

        private TextDataset told(TextDataset data, Console console) {
            SampleReport.tell(source, data, console);
            return data;
        }
    }

    /** Texts that stay in their file. */
    record Streamed(TextFile file) implements LabelledTexts {
        @Override
        public String source() {
            return file.path().toString();
        }

        @Override
        public Set<String> labels() {
            return file.labels();
        }

        @Override
        public void requireLabels(LabelSet known) {
            file.requireLabels(known);
        }

        @Override
        public void requireNumbers() {
            file.requireNumbers();
        }

        @Override
        public StreamedDataset<TextBatch> training(
                LoraModel model, BatchOptions options, Console console) {
            Streaming.tell(file.path(), file.size(), console);
            return StreamedDataset.forTraining(model, file, options);
        }

        @Override
        public StreamedDataset<TextBatch> evaluation(
                LoraModel model, BatchOptions options, Console console) {
            Streaming.tell(file.path(), file.size(), console);
            return StreamedDataset.forEvaluation(model, file, options);
        }

        @Override
        public StreamedDataset<TextBatch> prediction(
                LoraModel model, BatchOptions options, Console console) {
            Streaming.tell(file.path(), file.size(), console);
            return StreamedDataset.forPrediction(model, file, options);
        }
    }
}
