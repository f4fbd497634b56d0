/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.examples;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.lora4j.core.LoraConfig;
import org.lora4j.hf.BatchOptions;
import org.lora4j.hf.LoraModel;
import org.lora4j.hf.Task;
import org.lora4j.hf.TextDataset;
import org.lora4j.hf.estimate.MachineSpeed;
import org.lora4j.hf.estimate.TrainingEstimate;
import org.lora4j.hf.estimate.Workload;
import org.lora4j.hf.model.ModelConfig;
import org.lora4j.provenance.Provenance;
import org.lora4j.provenance.Source;
import org.lora4j.provenance.Verification;
import org.lora4j.testkit.TinyBert;
import org.lora4j.text.lines.TextColumns;
import org.lora4j.train.LoraTrainer;
import org.lora4j.train.LoraTrainingConfig;
import org.lora4j.train.LoraTrainingResult;
import org.lora4j.train.listener.JsonListener;
import org.lora4j.train.listener.TensorBoardListener;
import org.lora4j.train.report.ReportListener;

/** The code of the page about watching a training. */
final class WatchingSnippetsTest {
    @TempDir Path output;

    @Test
    void aTrainingIsEstimated() throws IOException {
        Path checkpoint = TinyBert.write(output.resolve("model"));
        // snippet: estimate
        TrainingEstimate estimate =
                TrainingEstimate.builder()
                        .setModel(ModelConfig.read(checkpoint))
                        .setAdapter(LoraConfig.builder().setRank(8).setAlpha(32).build())
                        .setWorkload(Workload.uniform(1000, 32, 128))
                        .optSpeed(MachineSpeed.measure())
                        .build();
        System.out.printf("%d MB, %.0f s%n", estimate.peakBytes() / 1_000_000, estimate.seconds());
        // end
        assertThat(estimate.seconds()).isPositive();
    }

    @Test
    void aTrainingIsWatchedAndItsAdapterVerified() throws IOException {
        Path checkpoint = TinyBert.write(output.resolve("model"));
        Path data = TinyBert.texts(output.resolve("train.tsv"), 40);
        Path adapter = output.resolve("adapter");
        TextColumns columns = TextColumns.of("text", "label");
        BatchOptions batches = BatchOptions.defaults();
        LoraTrainingResult result;
        try (LoraModel model =
                LoraModel.load(checkpoint, Task.sequenceClassification("negative", "positive"))) {
            model.addAdapter(
                    "default", LoraConfig.builder().optTargetModules("query", "value").build());
            TextDataset train = TextDataset.forTraining(model, data, columns, batches);
            TextDataset validation = TextDataset.forEvaluation(model, data, columns, batches);
            // snippet: watch
            LoraTrainer<?> trainer =
                    LoraTrainer.builder(model)
                            .setDataset(train)
                            .optValidation(validation)
                            .optEpochs(2)
                            .addListener(JsonListener.open(output.resolve("log.jsonl")))
                            .addListener(TensorBoardListener.open(output.resolve("tensorboard")))
                            .addListener(
                                    new ReportListener(output.resolve("report.html"))
                                            .addFacts("Data", Map.of("training data", data)))
                            .build();
            // end
            result = trainer.fit();
            model.saveAdapter("default", adapter);
        }
        LoraTrainingConfig config = LoraTrainingConfig.builder().optEpochs(2).build();
        // snippet: provenance
        Provenance.builder()
                .addSource("base", Source.ofModel(checkpoint))
                .addSource("training data", Source.ofFile(data))
                .addConfiguration("training", config.values())
                .addSeed("training", config.seed())
                .optResult(result)
                .write(adapter);
        Verification found = Provenance.read(adapter).verify(adapter, Map.of());
        System.out.println(found.isSound() ? "as it was" : found.faults().toString());
        // end
        assertThat(found.isSound()).isTrue();
        assertThat(output.resolve("report.html")).content().contains("train.tsv");
        assertThat(output.resolve("log.jsonl")).isNotEmptyFile();
        assertThat(output.resolve("tensorboard")).isNotEmptyDirectory();
    }
}
