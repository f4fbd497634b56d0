/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.examples;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.within;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.lora4j.core.LoraConfig;
import org.lora4j.embed.EmbeddingDataset;
import org.lora4j.embed.EmbeddingTexts;
import org.lora4j.embed.Retrieval;
import org.lora4j.embed.TextEmbedder;
import org.lora4j.hf.BatchOptions;
import org.lora4j.hf.LoraModel;
import org.lora4j.hf.Task;
import org.lora4j.hf.embed.EmbeddingLoss;
import org.lora4j.testkit.WordBert;
import org.lora4j.train.LoraTrainer;

/** The code of docs/howto/train-embeddings.md, and the example. */
final class EmbeddingSnippetsTest {
    private static final List<String> NAMES = List.of("ada", "bob", "cid", "dee", "eva", "fay");
    private static final List<String> THINGS = List.of("tea", "ink", "oak", "sea", "hat", "pie");

    @TempDir Path folder;

    private Path base;
    private Path pairs;

    @BeforeEach
    void write() throws IOException {
        base = folder.resolve("base");
        WordBert.write(base, words(), 3);
        StringBuilder lines = new StringBuilder();
        for (int i = 0; i < 36; i++) {
            int who = i % NAMES.size();
            lines.append(
                    "{\"anchor\": \"what does %s like %s\", \"positive\": \"much %s of %s\"}\n"
                            .formatted(
                                    NAMES.get(who),
                                    NAMES.get(i / NAMES.size()),
                                    THINGS.get(who),
                                    THINGS.get(i / NAMES.size())));
        }
        pairs = folder.resolve("pairs.jsonl");
        Files.writeString(pairs, lines);
    }

    private static List<String> words() {
        List<String> words = new ArrayList<>(NAMES);
        words.addAll(THINGS);
        words.addAll(List.of("what", "does", "like", "much", "of"));
        return words;
    }

    @Test
    void embeddingsAreTrainedMeasuredAndUsed() throws IOException {
        Path adapter = folder.resolve("adapter");
        Path merged = folder.resolve("merged");
        // snippet: train-embeddings
        try (LoraModel model = LoraModel.load(base, Task.embedding())) {
            model.addAdapter("default", LoraConfig.builder().setRank(8).setAlpha(16).build());
            EmbeddingDataset data =
                    EmbeddingDataset.forTraining(
                            model,
                            EmbeddingTexts.read(pairs),
                            EmbeddingLoss.multipleNegativesRanking(),
                            BatchOptions.defaults().withBatchSize(12));
            LoraTrainer.builder(model)
                    .setDataset(data)
                    .optEpochs(3)
                    .optConfig(config -> config.optLearningRate(1e-3))
                    .build()
                    .fit();
            model.saveAdapter("default", adapter);
            try (LoraModel plain = model.mergeAndUnload()) {
                plain.save(merged);
            }
        }
        // end
        // snippet: measure-embeddings
        Map<String, Double> measures;
        try (TextEmbedder embedder = TextEmbedder.open(base, adapter)) {
            measures = Retrieval.of(EmbeddingTexts.read(pairs)).evaluate(embedder);
            System.out.println(measures.get("recall@1") + " " + measures.get("ndcg@10"));
        }
        // end
        assertThat(measures.get("recall@1")).isBetween(0.0, 1.0);
        // snippet: use-embeddings
        try (TextEmbedder embedder = TextEmbedder.open(merged)) {
            float[] query = embedder.embedQuery("what does ada like bob");
            List<float[]> documents =
                    embedder.embedDocuments(List.of("much tea of ink", "much pie of oak"));
            double near = TextEmbedder.similarity(query, documents.get(0));
            double far = TextEmbedder.similarity(query, documents.get(1));
            System.out.println(near + " " + far);
        }
        // end
        try (TextEmbedder one = TextEmbedder.open(merged);
                TextEmbedder other = TextEmbedder.open(base, adapter)) {
            assertThat(one.embed("ada")).containsExactly(other.embed("ada"), within(1e-5f));
            assertThat(one.embed("ada")).isNotEqualTo(plain("ada"));
        }
    }

    private float[] plain(String text) throws IOException {
        try (TextEmbedder embedder = TextEmbedder.open(base)) {
            return embedder.embed(text);
        }
    }

    @Test
    void largeBatchesRunInParts() throws IOException {
        try (LoraModel model = LoraModel.load(base, Task.embedding())) {
            model.addAdapter("default", LoraConfig.builder().build());
            EmbeddingTexts texts = EmbeddingTexts.read(pairs);
            // snippet: large-batches
            EmbeddingDataset data =
                    EmbeddingDataset.forTraining(
                            model,
                            texts,
                            EmbeddingLoss.multipleNegativesRanking().matryoshka(List.of(48, 16)),
                            BatchOptions.defaults().withBatchSize(1024),
                            32); // texts in memory at a time
            // end
            LoraTrainer.builder(model).setDataset(data).optSteps(2).build().fit();
            assertThat(data.size()).isEqualTo(36);
        }
    }

    @Test
    void theExampleRuns() throws IOException {
        Path adapter = folder.resolve("adapter");
        Map<String, Double> found = TrainEmbeddings.run(base, pairs, pairs, adapter, 2);
        assertThat(found).containsKeys("recall@1", "mrr@10");
        assertThat(adapter.resolve("modules.json")).exists();
        assertThatIllegalArgumentException()
                .isThrownBy(() -> TrainEmbeddings.main(new String[0]))
                .withMessageContaining("TEST_FILE");
    }
}
