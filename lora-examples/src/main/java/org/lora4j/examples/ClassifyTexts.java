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
import org.lora4j.predict.TextClassifier;
import org.lora4j.predict.TextLabel;
import org.lora4j.text.lines.TextColumns;
import org.lora4j.text.table.LabelSet;
import org.lora4j.text.table.TextFileReader;
import org.lora4j.train.LoraTrainer;
import org.lora4j.train.LoraTrainingConfig;

/** Teaches an encoder to label texts, saves the adapter, and labels a text. */
public final class ClassifyTexts {
    private ClassifyTexts() {}

    /**
     * Runs the example.
     *
     * @param args a model directory; a .tsv, .csv or .jsonl file with text and label; where the
     *     adapter goes; a text
     * @throws IOException if a file cannot be read or written
     */
    public static void main(String[] args) throws IOException {
        if (args.length != 4) {
            throw new IllegalArgumentException("expected: MODEL_DIRECTORY TRAIN_FILE OUTPUT TEXT");
        }
        LoraTrainingConfig config = LoraTrainingConfig.builder().optEpochs(3).build();
        run(Path.of(args[0]), Path.of(args[1]), Path.of(args[2]), args[3], config)
                .forEach(System.out::println);
    }

    /** Returns every label with its probability, the likeliest first. */
    static List<TextLabel> run(
            Path directory, Path train, Path output, String text, LoraTrainingConfig config)
            throws IOException {
        TextColumns columns = TextColumns.of("text", "label");
        List<String> labels =
                LabelSet.forTraining(
                                LabelSet.labelsOf(TextFileReader.readAll(train, columns)), null)
                        .names();
        Task task = new Task.SequenceClassification(labels);
        try (LoraModel model = LoraModel.load(directory, task)) {
            model.addAdapter("labels", LoraConfig.builder().setRank(8).setAlpha(16).build());
            BatchOptions batches = BatchOptions.defaults();
            LoraTrainer.builder(model)
                    .setDataset(TextDataset.forTraining(model, train, columns, batches))
                    .optConfig(config)
                    .build()
                    .fit();
            model.saveAdapter("labels", output);
            return TextClassifier.of(model).classify(text);
        }
    }
}
