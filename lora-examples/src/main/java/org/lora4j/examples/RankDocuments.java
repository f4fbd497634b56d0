/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.examples;

import java.io.IOException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import org.lora4j.core.LoraConfig;
import org.lora4j.hf.BatchOptions;
import org.lora4j.hf.LoraModel;
import org.lora4j.hf.Task;
import org.lora4j.hf.TextDataset;
import org.lora4j.predict.RankedDocument;
import org.lora4j.predict.Reranker;
import org.lora4j.text.lines.TextColumns;
import org.lora4j.train.LoraTrainer;
import org.lora4j.train.LoraTrainingConfig;

/** Teaches an encoder which documents answer a query, saves the adapter, and ranks documents. */
public final class RankDocuments {
    private RankDocuments() {}

    /**
     * Runs the example.
     *
     * @param args a model directory; a .tsv, .csv or .jsonl file with query, document and, from 0
     *     to 1, label; where the adapter goes; a query; documents
     * @throws IOException if a file cannot be read or written
     */
    public static void main(String[] args) throws IOException {
        if (args.length < 5) {
            throw new IllegalArgumentException(
                    "expected: MODEL_DIRECTORY TRAIN_FILE OUTPUT QUERY DOCUMENT...");
        }
        List<String> documents = Arrays.asList(args).subList(4, args.length);
        LoraTrainingConfig config = LoraTrainingConfig.builder().optEpochs(3).build();
        run(Path.of(args[0]), Path.of(args[1]), Path.of(args[2]), args[3], documents, config)
                .forEach(System.out::println);
    }

    /** Returns the documents, the most relevant first. */
    static List<RankedDocument> run(
            Path directory,
            Path train,
            Path output,
            String query,
            List<String> documents,
            LoraTrainingConfig config)
            throws IOException {
        try (LoraModel model = LoraModel.load(directory, Task.reranking())) {
            model.addAdapter("ranks", LoraConfig.builder().setRank(8).setAlpha(16).build());
            TextColumns columns = new TextColumns("query", "document", "label");
            BatchOptions batches = BatchOptions.defaults();
            LoraTrainer.builder(model)
                    .setDataset(TextDataset.forTraining(model, train, columns, batches))
                    .optConfig(config)
                    .build()
                    .fit();
            model.saveAdapter("ranks", output);
            return Reranker.of(model).rank(query, documents);
        }
    }
}
