/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.checks;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import ai.onnxruntime.OrtEnvironment;
import dev.langchain4j.model.embedding.onnx.OnnxEmbeddingModel;
import dev.langchain4j.model.embedding.onnx.PoolingMode;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.lora4j.core.LoraConfig;
import org.lora4j.embed.TextEmbedder;
import org.lora4j.export.OnnxExport;
import org.lora4j.hf.LoadOptions;
import org.lora4j.hf.LoraModel;
import org.lora4j.hf.Task;
import org.lora4j.hf.embed.EmbeddingForm;
import org.lora4j.hf.embed.Pooling;
import org.lora4j.testkit.RandomAdapter;
import org.lora4j.testkit.WordBert;
import org.springframework.ai.transformers.TransformersEmbeddingModel;
import org.springframework.core.io.FileSystemResource;

/** LangChain4j and Spring AI, given a file that we export, return our vectors. */
final class HandOverTest {
    private static final List<String> WORDS =
            List.of("red", "green", "blue", "light", "dark", "sea", "sky", "stone", "and", "or");
    private static final List<String> TEXTS =
            List.of(
                    "red and blue",
                    "dark green sea or sky and stone or light",
                    "stone",
                    "sky light");

    @TempDir Path folder;

    private Path file;
    private Path tokenizer;
    private List<float[]> ours;

    private static boolean hasRuntime() {
        try {
            return OrtEnvironment.getEnvironment() != null;
        } catch (UnsatisfiedLinkError | NoClassDefFoundError | ExceptionInInitializerError e) {
            return false;
        }
    }

    @BeforeEach
    void export() throws IOException {
        assumeTrue(hasRuntime(), "ONNX Runtime has no native library for this machine");
        Path base = folder.resolve("base");
        WordBert.write(base, WORDS, 5);
        Path adapter = adapter(base);
        file = folder.resolve("model.onnx");
        tokenizer = base.resolve("tokenizer.json");
        try (LoraModel adapted = LoraModel.load(base, adapter, LoadOptions.defaults())) {
            ours = new TextEmbedder(adapted).embed(TEXTS);
            try (LoraModel merged = adapted.mergeAndUnload()) {
                OnnxExport.write(merged, file);
            }
        }
        try (TextEmbedder plain = TextEmbedder.open(base)) {
            float[] without = plain.embed(TEXTS.get(0));
            assertThat(farthest(without, ours.get(0))).as("the adapter's part").isGreaterThan(0.01);
        }
    }

    /** An adapter of numbers drawn at random, as if it were trained. */
    private Path adapter(Path base) throws IOException {
        LoraConfig config =
                LoraConfig.builder()
                        .setRank(3)
                        .setAlpha(7)
                        .optTargetModules("query", "value")
                        .build();
        Task task = Task.embedding(EmbeddingForm.of(Pooling.MEAN));
        return RandomAdapter.write(base, folder.resolve("adapter"), config, task);
    }

    private static double farthest(float[] one, float[] other) {
        assertThat(one).hasSameSizeAs(other);
        double farthest = 0;
        for (int i = 0; i < one.length; i++) {
            farthest = Math.max(farthest, Math.abs(one[i] - other[i]));
        }
        return farthest;
    }

    /** Its vectors have the length 1, always. */
    @Test
    void langChain4jGivesOurVectors() {
        // snippet: langchain4j
        OnnxEmbeddingModel model = new OnnxEmbeddingModel(file, tokenizer, PoolingMode.MEAN);
        // end
        for (int i = 0; i < TEXTS.size(); i++) {
            float[] found = model.embed(TEXTS.get(i)).content().vector();
            assertThat(farthest(found, normalized(ours.get(i)))).isLessThan(1e-4);
        }
    }

    private static float[] normalized(float[] vector) {
        double squares = 0;
        for (float value : vector) {
            squares += (double) value * value;
        }
        float[] unit = new float[vector.length];
        for (int i = 0; i < unit.length; i++) {
            unit[i] = (float) (vector[i] / Math.sqrt(squares));
        }
        return unit;
    }

    /** All texts in one call, which pads them. */
    @Test
    void springAiGivesOurVectors() throws Exception {
        // snippet: spring-ai
        TransformersEmbeddingModel model = new TransformersEmbeddingModel();
        model.setModelResource(new FileSystemResource(file));
        model.setTokenizerResource(new FileSystemResource(tokenizer));
        model.setTokenizerOptions(Map.of("padding", "true"));
        // end
        model.setDisableCaching(true);
        model.afterPropertiesSet();
        List<float[]> found = model.embed(TEXTS);
        for (int i = 0; i < TEXTS.size(); i++) {
            assertThat(farthest(found.get(i), ours.get(i))).isLessThan(1e-4);
        }
    }
}
