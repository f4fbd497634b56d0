/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.examples;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import ai.djl.Device;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.lora4j.core.LoraConfig;
import org.lora4j.hf.BatchOptions;
import org.lora4j.hf.Task;
import org.lora4j.hf.TextDataset;
import org.lora4j.hf.script.ScriptClassifier;
import org.lora4j.hf.script.ScriptModels;
import org.lora4j.testkit.WordBert;
import org.lora4j.text.lines.TextColumns;
import org.lora4j.train.LoraTrainer;
import org.lora4j.train.metric.EvaluationMetrics;

/** The code of docs/howto/fine-tune-a-torchscript-classifier.md. */
final class ScriptSnippetsTest {
    @TempDir Path folder;

    @Test
    void aScriptIsTrainedAndMerged() throws IOException {
        Path script = Path.of("../lora-cli/src/test/resources/golden/script/classifier.pt");
        Path tokenizer = folder.resolve("tokenizer");
        WordBert.write(tokenizer, IntStream.range(0, 36).mapToObj(i -> "w" + i).toList(), 1);
        Path train =
                Files.writeString(
                        folder.resolve("train.tsv"),
                        "text\tlabel\nw1 w2\tnegative\nw3 w4 w5\tpositive\nw6\tnegative\n");
        Path adapter = folder.resolve("adapter");
        Path merged = folder.resolve("merged.pt");
        // snippet: script
        EvaluationMetrics metrics;
        Task task = Task.sequenceClassification("negative", "positive");
        TextColumns columns = TextColumns.of("text", "label");
        try (ScriptClassifier model =
                ScriptClassifier.load(script, tokenizer, task, Device.cpu())) {
            model.addAdapter(LoraConfig.builder().setRank(8).setAlpha(16).build());
            LoraTrainer.builder(model)
                    .setDataset(
                            TextDataset.forTraining(model, train, columns, BatchOptions.defaults()))
                    .optSteps(20)
                    .build()
                    .fit();
            model.saveAdapter(adapter);
        }
        ScriptModels.merge(script, adapter, merged, Device.cpu());
        try (ScriptClassifier model =
                ScriptClassifier.load(merged, tokenizer, task, Device.cpu())) {
            metrics =
                    model.evaluate(
                            TextDataset.forEvaluation(
                                    model, train, columns, BatchOptions.defaults()));
        }
        // end
        try (ScriptClassifier base = ScriptClassifier.load(script, tokenizer, task, Device.cpu());
                ScriptClassifier adapted =
                        ScriptClassifier.load(script, tokenizer, adapter, Device.cpu())) {
            assertThat(metrics.loss())
                    .isLessThan(loss(base, train))
                    .isCloseTo(loss(adapted, train), within(1e-5));
        }
    }

    private static double loss(ScriptClassifier model, Path file) throws IOException {
        TextColumns columns = TextColumns.of("text", "label");
        return model.evaluate(
                        TextDataset.forEvaluation(model, file, columns, BatchOptions.defaults()))
                .loss();
    }
}
