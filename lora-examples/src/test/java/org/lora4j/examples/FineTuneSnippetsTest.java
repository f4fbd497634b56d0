/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.examples;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.lora4j.core.LoraConfig;
import org.lora4j.hf.BatchOptions;
import org.lora4j.hf.Evaluator;
import org.lora4j.hf.LoadOptions;
import org.lora4j.hf.LoraModel;
import org.lora4j.hf.Prediction;
import org.lora4j.hf.Task;
import org.lora4j.hf.TextDataset;
import org.lora4j.testkit.TinyBert;
import org.lora4j.text.lines.TextColumns;
import org.lora4j.train.LoraTrainer;
import org.lora4j.train.metric.EvaluationMetrics;

/** The code that README and the quickstart show. */
final class FineTuneSnippetsTest {
    private static final List<String> LABELS = List.of("negative", "positive");

    @TempDir Path output;

    @Test
    void anAdapterIsTrainedSavedAndMerged() throws IOException {
        Path checkpoint = TinyBert.write(output.resolve("model"));
        Path train = TinyBert.texts(output.resolve("train.tsv"), 40);
        Path dev = TinyBert.texts(output.resolve("dev.tsv"), 8);
        // snippet: fine-tune-and-merge
        LoraConfig config =
                LoraConfig.builder()
                        .setRank(8)
                        .setAlpha(16)
                        .optTargetModules("query", "value")
                        .build();
        TextColumns columns = TextColumns.of("text", "label");
        BatchOptions batches = BatchOptions.defaults();
        try (LoraModel model =
                LoraModel.load(checkpoint, Task.sequenceClassification("negative", "positive"))) {
            model.addAdapter("default", config);
            LoraTrainer.builder(model)
                    .setDataset(TextDataset.forTraining(model, train, columns, batches))
                    .optValidation(TextDataset.forEvaluation(model, dev, columns, batches))
                    .optEpochs(1)
                    .build()
                    .fit();
            model.saveAdapter("default", output.resolve("adapter"));
            try (LoraModel merged = model.mergeAndUnload()) {
                merged.save(output.resolve("merged"));
            }
        }
        // end
        LoadOptions options = LoadOptions.defaults();
        try (LoraModel tuned = LoraModel.load(checkpoint, output.resolve("adapter"), options);
                LoraModel merged =
                        LoraModel.load(output.resolve("merged"), Task.sequenceClassification())) {
            assertThat(tuned.adapterNames()).containsExactly("default");
            assertThat(merged.labels()).containsExactly("negative", "positive");
        }
    }

    @Test
    void anAdapterIsLoadedAndUsed() throws IOException {
        Path checkpoint = TinyBert.write(output.resolve("model"));
        Path dev = TinyBert.texts(output.resolve("dev.tsv"), 40);
        Path adapter = output.resolve("adapter");
        LoraConfig config = LoraConfig.builder().setRank(8).setAlpha(16).build();
        try (LoraModel model =
                LoraModel.load(checkpoint, Task.sequenceClassification("negative", "positive"))) {
            model.addAdapter("default", config);
            model.saveAdapter("default", adapter);
        }
        // snippet: use
        EvaluationMetrics metrics;
        List<Prediction> predictions;
        try (LoraModel model = LoraModel.load(checkpoint, adapter, LoadOptions.defaults())) {
            TextDataset data =
                    TextDataset.forEvaluation(
                            model, dev, TextColumns.of("text", "label"), BatchOptions.defaults());
            metrics = new Evaluator(model).evaluate(data);
            predictions = new Evaluator(model).predict(data);
        }
        // end
        assertThat(metrics.count()).isEqualTo(40);
        assertThat(predictions).hasSize(40).extracting(Prediction::label).isSubsetOf(LABELS);
    }
}
