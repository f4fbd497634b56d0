/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.embed;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Random;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.IntStream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.lora4j.core.LoraConfig;
import org.lora4j.hf.BatchOptions;
import org.lora4j.hf.LoadOptions;
import org.lora4j.hf.LoraModel;
import org.lora4j.hf.Task;
import org.lora4j.hf.embed.EmbeddingBatch;
import org.lora4j.hf.embed.EmbeddingLoss;
import org.lora4j.train.LoraTrainer;
import org.lora4j.train.TrainingTask;

/** Embeddings are learnt: batches, parts of batches, and what comes of it. */
final class EmbeddingTrainingTest {
    private static final List<String> WORDS =
            List.of("the", "film", "is", "good", "bad", "not", "dull", "fine", "plot", "long");

    @TempDir Path folder;

    private Path base;

    @BeforeEach
    void writeBase() throws IOException {
        base = folder.resolve("base");
        Files.createDirectories(base);
        copy("bare/config.json");
        copy("bare/model.safetensors");
        copy("tokenizer.json");
    }

    private void copy(String name) throws IOException {
        try (InputStream file =
                EmbeddingTrainingTest.class.getResourceAsStream("/golden/bert/" + name)) {
            Files.copy(Objects.requireNonNull(file), base.resolve(name.replaceFirst(".*/", "")));
        }
    }

    private static EmbeddingTexts pairs(int count) {
        Random random = new Random(3);
        List<EmbeddingExample> examples = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            examples.add(EmbeddingExample.of(text(random), text(random), text(random)));
        }
        return new EmbeddingTexts("drawn", examples);
    }

    private static String text(Random random) {
        List<String> words = new ArrayList<>();
        for (int i = random.nextInt(9); i >= 0; i--) {
            words.add(WORDS.get(random.nextInt(WORDS.size())));
        }
        return String.join(" ", words);
    }

    private LoraModel adapted() throws IOException {
        LoraModel model = LoraModel.load(base, Task.embedding(), LoadOptions.defaults());
        model.addAdapter(
                "default", LoraConfig.builder().setRank(3).setAlpha(7).optDropout(0.2).build());
        return model;
    }

    private Map<String, float[]> trained(int atOnce, long seed) throws IOException {
        try (LoraModel model = adapted()) {
            EmbeddingDataset data =
                    EmbeddingDataset.forTraining(
                            model,
                            pairs(14),
                            EmbeddingLoss.multipleNegativesRanking(),
                            BatchOptions.defaults().withBatchSize(7),
                            atOnce);
            LoraTrainer.builder(model)
                    .setDataset(data)
                    .optSteps(3)
                    .optConfig(c -> c.optLearningRate(0.02).optSeed(seed))
                    .build()
                    .fit();
            Map<String, float[]> tensors = new TreeMap<>();
            TrainingTask<EmbeddingBatch> task = model.trainingTask(EmbeddingBatch.class);
            task.trainable().forEach((name, array) -> tensors.put(name, array.toFloatArray()));
            return tensors;
        }
    }

    private static double apart(Map<String, float[]> one, Map<String, float[]> other) {
        assertThat(one.keySet()).isEqualTo(other.keySet()).hasSize(12);
        double most = 0;
        for (Map.Entry<String, float[]> tensor : one.entrySet()) {
            float[] same = other.getOrDefault(tensor.getKey(), new float[0]);
            assertThat(tensor.getValue()).hasSameSizeAs(same);
            for (int i = 0; i < same.length; i++) {
                most = Math.max(most, Math.abs(tensor.getValue()[i] - same[i]));
            }
        }
        return most;
    }

    @Test
    void aBatchInPartsTrainsAsAWholeOneWithItsDropout() throws IOException {
        Map<String, float[]> whole = trained(0, 1);
        assertThat(apart(trained(4, 1), whole)).isLessThan(2e-5);
        assertThat(apart(trained(1, 1), whole)).isLessThan(2e-5);
        assertThat(apart(trained(4, 2), whole)).isGreaterThan(1e-3);
        assertThat(apart(trained(4, 1), trained(4, 1))).isZero();
    }

    @Test
    void batchesWithoutAnythingToCompareWithAreRefused() throws IOException {
        EmbeddingTexts pairs =
                new EmbeddingTexts(
                        "drawn",
                        List.of(
                                EmbeddingExample.of("good", "film"),
                                EmbeddingExample.of("bad", "plot"),
                                EmbeddingExample.of("dull", "plot")));
        BatchOptions one = BatchOptions.defaults().withBatchSize(1);
        EmbeddingLoss ranking = EmbeddingLoss.multipleNegativesRanking();
        try (LoraModel model = adapted()) {
            assertThatThrownBy(() -> EmbeddingDataset.forTraining(model, pairs, ranking, one))
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessageContaining("every batch has fewer than 2 examples (batch size 1");
            EmbeddingTexts same = new EmbeddingTexts("drawn", pairs.examples().subList(1, 3));
            BatchOptions more = BatchOptions.defaults().withBatchSize(2);
            assertThatThrownBy(
                            () ->
                                    EmbeddingDataset.forTraining(
                                            model, same, ranking.matryoshka(List.of(8)), more))
                    .hasMessageContaining("no text twice in a batch");
            assertThat(EmbeddingDataset.forTraining(model, pairs, ranking, more).size())
                    .isEqualTo(3);
            assertThat(EmbeddingDataset.forTraining(model, pairs(3), ranking, one).size())
                    .isEqualTo(3);
        }
    }

    @Test
    void noTextStandsTwiceInABatch() throws IOException {
        Random random = new Random(8);
        List<EmbeddingExample> examples = new ArrayList<>();
        for (int i = 0; i < 40; i++) {
            examples.add(EmbeddingExample.of(WORDS.get(random.nextInt(5)), text(random) + " long"));
        }
        EmbeddingTexts texts = new EmbeddingTexts("drawn", examples);
        try (LoraModel model = adapted()) {
            BatchOptions options = BatchOptions.defaults().withBatchSize(8);
            EmbeddingDataset data =
                    EmbeddingDataset.forTraining(
                            model, texts, EmbeddingLoss.multipleNegativesRanking(), options);
            Set<Integer> seen = new HashSet<>();
            int batches = 0;
            for (EmbeddingBatch batch : data.epoch(1)) {
                Set<String> there = new HashSet<>();
                for (int example : batch.examples()) {
                    assertThat(seen.add(example)).isTrue();
                    examples.get(example).texts().forEach(t -> assertThat(there.add(t)).isTrue());
                }
                batches++;
            }
            assertThat(seen).hasSize(40);
            assertThat(data.batchesPerEpoch(1)).isEqualTo(batches).isGreaterThanOrEqualTo(8);
        }
    }

    @Test
    void dataOfAnotherLossAreRefused() throws IOException {
        EmbeddingTexts scored =
                new EmbeddingTexts("s", List.of(EmbeddingExample.scored("good", "bad", 0.5)));
        BatchOptions options = BatchOptions.defaults();
        try (LoraModel model = adapted()) {
            assertThatThrownBy(
                            () ->
                                    EmbeddingDataset.forTraining(
                                            model,
                                            scored,
                                            EmbeddingLoss.multipleNegativesRanking(),
                                            options))
                    .hasMessageContaining("would ignore");
            assertThatThrownBy(
                            () ->
                                    EmbeddingDataset.forTraining(
                                            model, pairs(2), EmbeddingLoss.coSent(), options))
                    .hasMessageContaining("CoSENTLoss takes 2 texts");
        }
    }

    @Test
    void vectorsDoNotDependOnTheirNeighboursOrThreads() throws IOException {
        Random random = new Random(4);
        List<String> texts = new ArrayList<>();
        for (int i = 0; i < 50; i++) {
            texts.add(text(random));
        }
        List<float[]> alone = new ArrayList<>();
        try (TextEmbedder embedder = TextEmbedder.open(base)) {
            texts.forEach(text -> alone.add(embedder.embed(text)));
            List<List<float[]>> found =
                    IntStream.range(0, 8)
                            .parallel()
                            .mapToObj(i -> embedder.withBatchSize(1 + 6 * i).embed(texts))
                            .toList();
            for (List<float[]> vectors : found) {
                for (int i = 0; i < texts.size(); i++) {
                    assertThat(vectors.get(i)).containsExactly(alone.get(i), within(2e-6f));
                }
            }
            assertThat(Arrays.equals(alone.get(0), alone.get(1))).isFalse();
            assertThat(embedder.withDimensions(5).embed(texts.get(0)))
                    .containsExactly(Arrays.copyOf(alone.get(0), 5), within(2e-6f));
            assertThat(embedder.embed(List.of())).isEmpty();
        }
        try (TextEmbedder embedder = TextEmbedder.open(base)) {
            assertThatThrownBy(() -> embedder.embed("query: ", Arrays.asList("good", null)))
                    .isInstanceOf(NullPointerException.class)
                    .hasMessage("text 1 is null");
        }
        TextEmbedder closed = TextEmbedder.open(base);
        closed.close();
        assertThatThrownBy(() -> closed.embed("good")).isInstanceOf(IllegalStateException.class);
    }

    @Test
    void searchIsMeasuredByHand() throws IOException {
        Retrieval search =
                Retrieval.of(
                        new EmbeddingTexts(
                                "s",
                                List.of(
                                        EmbeddingExample.of("good film", "good film", "long plot"),
                                        EmbeddingExample.of("bad the", "bad the", "dull fine"))));
        try (TextEmbedder embedder = TextEmbedder.open(base)) {
            Map<String, Double> all = search.evaluate(embedder);
            assertThat(all)
                    .containsEntry("recall@1", 1.0)
                    .containsEntry("precision@5", 0.2)
                    .containsEntry("mrr@10", 1.0)
                    .containsEntry("map@100", 1.0);
        }
    }
}
