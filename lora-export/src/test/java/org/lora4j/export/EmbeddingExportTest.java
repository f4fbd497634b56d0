/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.export;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.lora4j.embed.TextEmbedder;
import org.lora4j.hf.LoraModel;
import org.lora4j.hf.Task;
import org.lora4j.hf.embed.EmbeddingForm;
import org.lora4j.hf.embed.Pooling;
import org.lora4j.testkit.WordBert;

/** A graph gives the vectors of the model that it was written of, also of padded texts. */
final class EmbeddingExportTest {
    private static final List<String> WORDS =
            List.of("red", "green", "blue", "sea", "sky", "stone");
    private static final List<String> TEXTS =
            List.of("red sea", "green sky blue stone red sea sky", "stone");

    @TempDir Path folder;

    @ParameterizedTest
    @EnumSource(Pooling.class)
    void pooledVectorsAreTheModels(Pooling pooling) throws Exception {
        WordBert.write(folder.resolve("model"), WORDS, 5);
        Path file = folder.resolve("model.onnx");
        EmbeddingForm form =
                EmbeddingForm.of(pooling).withNormalize(pooling == Pooling.WEIGHTED_MEAN);
        double[][] expected = new double[TEXTS.size()][];
        int[][] ids = new int[TEXTS.size()][];
        try (LoraModel model = LoraModel.load(folder.resolve("model"), Task.embedding(form))) {
            OnnxExport.write(model, file);
            List<float[]> vectors = new TextEmbedder(model).embed(TEXTS);
            for (int i = 0; i < ids.length; i++) {
                float[] vector = vectors.get(i);
                expected[i] = new double[vector.length];
                for (int j = 0; j < vector.length; j++) {
                    expected[i][j] = vector[j];
                }
                ids[i] = model.tokenizer().encode(TEXTS.get(i), null, 32).ids();
            }
        }
        try (OnnxRun run = new OnnxRun(file)) {
            assertThat(run.outputs()).containsExactly("last_hidden_state", "sentence_embedding");
            float[] found = run.run("sentence_embedding", ids, new int[0][], 0);
            assertThat(GoldenEncoders.farthest(found, expected)).isLessThan(1e-5);
        }
    }
}
