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
import org.lora4j.hf.data.TokenDataset;
import org.lora4j.predict.Entity;
import org.lora4j.predict.EntityRecognizer;
import org.lora4j.text.token.TagScheme;
import org.lora4j.text.token.TokenLabels;
import org.lora4j.text.token.TokenSample;
import org.lora4j.text.token.TokenSampleReader;
import org.lora4j.train.LoraTrainer;
import org.lora4j.train.LoraTrainingConfig;

/** Fine-tunes an encoder to find entities, and finds those of a text. */
public final class FindEntities {
    private FindEntities() {}

    /**
     * Runs the example.
     *
     * @param args a model directory; a .jsonl or CoNLL file; where the adapter goes; a text
     * @throws IOException if a file cannot be read or written
     */
    public static void main(String[] args) throws IOException {
        if (args.length != 4) {
            throw new IllegalArgumentException("expected: MODEL_DIRECTORY TRAIN_FILE OUTPUT TEXT");
        }
        run(Path.of(args[0]), Path.of(args[1]), Path.of(args[2]), args[3], 3)
                .forEach(System.out::println);
    }

    static List<Entity> run(Path directory, Path train, Path output, String text, int epochs)
            throws IOException {
        // snippet: find-entities
        List<TokenSample> samples = TokenSampleReader.readAll(train);
        List<String> labels = TokenLabels.of(samples, TagScheme.BIO);
        try (LoraModel model = LoraModel.load(directory, new Task.TokenClassification(labels))) {
            model.addAdapter("names", LoraConfig.builder().setRank(8).setAlpha(16).build());
            LoraTrainer.builder(model)
                    .setDataset(TokenDataset.forTraining(model, train, BatchOptions.defaults()))
                    .optConfig(LoraTrainingConfig.builder().optEpochs(epochs).build())
                    .build()
                    .fit();
            model.saveAdapter("names", output);
            return EntityRecognizer.of(model).recognize(text);
        }
        // end
    }
}
