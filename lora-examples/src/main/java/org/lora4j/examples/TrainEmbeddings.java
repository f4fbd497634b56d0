/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.examples;

import java.io.IOException;
import java.nio.file.Path;
import java.util.Map;
import org.lora4j.core.LoraConfig;
import org.lora4j.embed.EmbeddingDataset;
import org.lora4j.embed.EmbeddingTexts;
import org.lora4j.embed.Retrieval;
import org.lora4j.embed.TextEmbedder;
import org.lora4j.hf.BatchOptions;
import org.lora4j.hf.LoraModel;
import org.lora4j.hf.Task;
import org.lora4j.hf.embed.EmbeddingLoss;
import org.lora4j.train.LoraTrainer;

/** Teaches an encoder which texts answer which questions, and measures how well they are found. */
public final class TrainEmbeddings {
    private TrainEmbeddings() {}

    /**
     * Runs the example.
     *
     * @param args a model directory; a .jsonl file with anchor and positive; such a file to measure
     *     with; where the adapter goes
     * @throws IOException if a file cannot be read or written
     */
    public static void main(String[] args) throws IOException {
        if (args.length != 4) {
            throw new IllegalArgumentException(
                    "expected: MODEL_DIRECTORY TRAIN_FILE TEST_FILE OUTPUT");
        }
        Map<String, Double> found =
                run(Path.of(args[0]), Path.of(args[1]), Path.of(args[2]), Path.of(args[3]), 3);
        System.out.println(found);
    }

    static Map<String, Double> run(Path directory, Path train, Path test, Path output, int epochs)
            throws IOException {
        try (LoraModel model = LoraModel.load(directory, Task.embedding())) {
            model.addAdapter("default", LoraConfig.builder().setRank(8).setAlpha(16).build());
            EmbeddingDataset data =
                    EmbeddingDataset.forTraining(
                            model,
                            EmbeddingTexts.read(train),
                            EmbeddingLoss.multipleNegativesRanking(),
                            BatchOptions.defaults());
            LoraTrainer.builder(model).setDataset(data).optEpochs(epochs).build().fit();
            model.saveAdapter("default", output);
            return Retrieval.of(EmbeddingTexts.read(test)).evaluate(new TextEmbedder(model));
        }
    }
}
