/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.examples;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.lora4j.core.LoraConfig;
import org.lora4j.hf.BatchOptions;
import org.lora4j.hf.LoadOptions;
import org.lora4j.hf.LoraModel;
import org.lora4j.hf.SharedBase;
import org.lora4j.hf.Task;
import org.lora4j.hf.TextBatch;
import org.lora4j.hf.TextDataset;
import org.lora4j.hf.hub.DownloadListener;
import org.lora4j.hf.hub.Hub;
import org.lora4j.hf.hub.HubSettings;
import org.lora4j.testkit.TinyBert;
import org.lora4j.text.lines.TextColumns;
import org.lora4j.train.LoraTrainer;
import org.lora4j.train.LoraTrainingResult;
import org.lora4j.train.checkpoint.Resume;
import org.lora4j.train.listener.CsvListener;

/** The quickstart's code for models by name and for several trainings on one base. */
final class HubSnippetsTest {
    private static final String COMMIT = "0123456789abcdef0123456789abcdef01234567";

    @TempDir Path output;

    @Test
    void aModelIsFoundByItsName() throws IOException {
        Path cache = Path.of(System.getenv("HF_HUB_CACHE"));
        Path model = cache.resolve("models--sentence-transformers--all-MiniLM-L6-v2");
        Path snapshot = TinyBert.write(model.resolve("snapshots").resolve(COMMIT));
        Files.createDirectories(model.resolve("refs"));
        Files.writeString(model.resolve("refs/main"), COMMIT);
        // snippet: hub
        Hub hub = new Hub(HubSettings.fromEnvironment(System.getenv()));
        Path checkpoint =
                hub.resolve("sentence-transformers/all-MiniLM-L6-v2", DownloadListener.NONE);
        // end
        assertThat(checkpoint).isEqualTo(snapshot);
    }

    @Test
    void twoTrainingsShareOneBase() throws Exception {
        Path checkpoint = TinyBert.write(output.resolve("model"));
        Path train = TinyBert.texts(output.resolve("train.tsv"), 40);
        // snippet: shared-base
        Task task = Task.sequenceClassification("negative", "positive");
        ExecutorService threads = Executors.newFixedThreadPool(2);
        try (SharedBase base = SharedBase.load(checkpoint, task, LoadOptions.defaults());
                LoraModel small = base.newModel();
                LoraModel large = base.newModel()) {
            Future<LoraTrainingResult> first = threads.submit(() -> fit(small, 4, train));
            Future<LoraTrainingResult> second = threads.submit(() -> fit(large, 32, train));
            first.get();
            second.get();
            small.saveAdapter("default", output.resolve("rank-4"));
            large.saveAdapter("default", output.resolve("rank-32"));
        } finally {
            threads.shutdown();
        }
        // end
        LoadOptions options = LoadOptions.defaults();
        for (int rank : new int[] {4, 32}) {
            Path adapter = output.resolve("rank-" + rank);
            try (LoraModel tuned = LoraModel.load(checkpoint, adapter, options)) {
                assertThat(tuned.adapterNames()).containsExactly("default");
            }
            assertThat(Files.readString(adapter.resolve("adapter_config.json")))
                    .contains("\"r\": " + rank);
        }
    }

    @Test
    void aTrainingGoesOnFromItsCheckpoint() throws Exception {
        Path checkpoint = TinyBert.write(output.resolve("model"));
        Path train = TinyBert.texts(output.resolve("train.tsv"), 40);
        Path run = Files.createDirectories(output.resolve("run"));
        Task task = Task.sequenceClassification("negative", "positive");
        List<LoraTrainingResult> results = new ArrayList<>();
        for (int i = 0; i < 2; i++) {
            try (LoraModel model = LoraModel.load(checkpoint, task)) {
                model.addAdapter("default", LoraConfig.builder().setRank(4).setAlpha(8).build());
                TextDataset data =
                        TextDataset.forTraining(
                                model,
                                train,
                                TextColumns.of("text", "label"),
                                BatchOptions.defaults());
                // snippet: resume
                LoraTrainer<TextBatch> trainer =
                        LoraTrainer.builder(model)
                                .setDataset(data)
                                .optEpochs(3)
                                .optCheckpoints(run.resolve("checkpoints"))
                                .optSaveEvery(Duration.ofMinutes(10))
                                .optResume(Resume.auto())
                                .addListener(CsvListener.reopen(run.resolve("loss.csv")))
                                .build();
                LoraTrainingResult result = trainer.fit();
                // end
                results.add(result);
            }
        }
        assertThat(results.get(1).lossByStep()).isEqualTo(results.get(0).lossByStep());
        assertThat(results.get(1).steps()).isEqualTo(6);
    }

    // snippet: shared-base-fit
    static LoraTrainingResult fit(LoraModel model, int rank, Path train) throws IOException {
        model.addAdapter("default", LoraConfig.builder().setRank(rank).setAlpha(2 * rank).build());
        TextColumns columns = TextColumns.of("text", "label");
        return LoraTrainer.builder(model)
                .setDataset(TextDataset.forTraining(model, train, columns, BatchOptions.defaults()))
                .optEpochs(1)
                .build()
                .fit();
    }
    // end
}
