/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.hf;

import static org.assertj.core.api.Assertions.assertThat;

import ai.djl.ndarray.NDArray;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.lora4j.block.AdaptedLayer;
import org.lora4j.core.LoraConfig;
import org.lora4j.djl.Injection;
import org.lora4j.text.PaddedBatch;
import org.lora4j.torch.Torch;

/** Tables of a Hugging Face model with adapters: counted, saved, loaded, merged. */
final class AdaptedEmbeddingTest {
    private static final PaddedBatch BATCH = Golden.batches("adapter").get(0).padded();
    private static final LoraConfig CONFIG =
            LoraConfig.builder()
                    .setRank(2)
                    .setAlpha(5)
                    .optTargetModules("word_embeddings", "position_embeddings")
                    .build();

    @TempDir Path folder;

    @Test
    void tablesAreAdaptedSavedLoadedAndMerged() throws IOException {
        Path base = Golden.model(folder, "bare");
        Path saved = folder.resolve("adapter");
        Path merged = folder.resolve("merged");
        float[] expected;
        try (LoraModel model = LoraModel.load(base, Task.sequenceClassification("no", "yes"))) {
            float[] before = Golden.logits(model, BATCH);
            Map<String, float[]> weights = Golden.base(model);
            Injection injection = model.addAdapter("default", CONFIG);
            assertThat(injection.layers())
                    .extracting(AdaptedLayer::kind)
                    .containsExactly("Embedding", "Embedding");
            assertThat(injection.parameterCount())
                    .isEqualTo(2L * (60 + 24) + 2L * (24 + 24) + 2 * 24 + 2);
            assertThat(Golden.logits(model, BATCH)).isEqualTo(before);
            Map<String, NDArray> adapter = Golden.adapter(model, "default");
            adapter.forEach(
                    (name, array) -> {
                        if (name.contains("lora_embedding_A")) {
                            wave(array);
                        }
                    });
            expected = Golden.logits(model, BATCH);
            assertThat(Golden.farthest(expected, before)).isGreaterThan(1e-3);
            Map<String, float[]> after = Golden.base(model);
            weights.forEach((name, w) -> assertThat(after.get(name)).as(name).isEqualTo(w));
            model.saveAdapter("default", saved);
        }
        try (LoraModel model = LoraModel.load(base, saved, LoadOptions.defaults())) {
            assertThat(Golden.logits(model, BATCH)).isEqualTo(expected);
            try (LoraModel plain = model.mergeAndUnload()) {
                assertThat(Golden.farthest(Golden.logits(plain, BATCH), expected)).isLessThan(1e-5);
                plain.save(merged);
            }
        }
        try (LoraModel again = LoraModel.load(merged, Task.sequenceClassification())) {
            assertThat(Golden.farthest(Golden.logits(again, BATCH), expected)).isLessThan(1e-5);
        }
    }

    private static void wave(NDArray array) {
        float[] values = new float[(int) array.size()];
        for (int i = 0; i < values.length; i++) {
            values[i] = 0.3f * (float) Math.sin(1 + 1.7 * i);
        }
        try (NDArray filled = array.getManager().create(values, array.getShape())) {
            Torch.copyInto(array, filled);
        }
    }
}
