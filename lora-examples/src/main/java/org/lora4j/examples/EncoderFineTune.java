/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.examples;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import org.lora4j.core.LoraConfig;
import org.lora4j.hf.BatchOptions;
import org.lora4j.hf.LoraModel;
import org.lora4j.hf.Task;
import org.lora4j.hf.TextDataset;
import org.lora4j.text.lines.TextColumns;
import org.lora4j.text.table.LabelSet;
import org.lora4j.text.table.TextFileReader;
import org.lora4j.train.LoraTrainer;
import org.lora4j.train.LoraTrainingResult;
import org.lora4j.train.listener.LoggingListener;

/** Fine-tunes an encoder to label texts and saves the adapter. */
public final class EncoderFineTune {
    private EncoderFineTune() {}

    /**
     * Runs the example.
     *
     * @param args a model directory; a .tsv, .csv or .jsonl file with the columns text and label;
     *     where the adapter goes
     * @throws IOException if a file cannot be read or written
     */
    public static void main(String[] args) throws IOException {
        if (args.length != 3) {
            throw new IllegalArgumentException("expected: MODEL_DIRECTORY TRAIN_FILE OUTPUT");
        }
        LoraTrainingResult result = run(Path.of(args[0]), Path.of(args[1]), Path.of(args[2]), 3);
        System.out.printf("%d steps, mean loss %.4f%n", result.steps(), result.meanLoss());
    }

    static LoraTrainingResult run(Path directory, Path train, Path output, int epochs)
            throws IOException {
        TextColumns columns = TextColumns.of("text", "label");
        LabelSet labels =
                LabelSet.forTraining(
                        LabelSet.labelsOf(TextFileReader.readAll(train, columns)), null);
        Task task = new Task.SequenceClassification(List.copyOf(labels.names()));
        try (LoraModel model = LoraModel.load(directory, task)) {
            model.addAdapter(
                    "default",
                    LoraConfig.builder().setRank(8).setAlpha(16).optDropout(0.1).build());
            LoraTrainingResult result =
                    LoraTrainer.builder(model)
                            .setDataset(
                                    TextDataset.forTraining(
                                            model, train, columns, BatchOptions.defaults()))
                            .optEpochs(epochs)
                            .addListener(new LoggingListener(10))
                            .build()
                            .fit();
            model.saveAdapter("default", output);
            return result;
        }
    }
}
