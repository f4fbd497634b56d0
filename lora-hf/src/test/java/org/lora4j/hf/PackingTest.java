/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.hf;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import ai.djl.ndarray.NDArray;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.lora4j.core.LoraConfig;
import org.lora4j.hf.BertParityTest.Gradients;
import org.lora4j.text.PaddedBatch;
import org.lora4j.text.TokenizedExample;
import org.lora4j.torch.Torch;

/** What a text teaches does not depend on the texts beside it, dropout included. */
final class PackingTest {
    private static final int[] LENGTHS = {3, 20, 9, 18, 9, 1};

    @TempDir Path folder;

    private LoraModel model(double dropout) throws IOException {
        Path directory =
                Golden.model(
                        folder,
                        "bare",
                        json -> {
                            json.addProperty("hidden_dropout_prob", dropout);
                            json.addProperty("attention_probs_dropout_prob", dropout);
                        });
        LoraModel model = LoraModel.load(directory, Task.sequenceClassification("no", "yes"));
        LoraConfig config =
                LoraConfig.builder()
                        .setRank(3)
                        .setAlpha(5)
                        .optDropout(dropout)
                        .optTargetModules("all-linear")
                        .build();
        model.addAdapter("default", config);
        int seed = 0;
        for (NDArray array : new SequenceClassificationTask(model.loaded()).trainable().values()) {
            float[] values = new float[(int) array.size()];
            seed++;
            for (int i = 0; i < values.length; i++) {
                values[i] = 0.1f * (float) Math.sin(seed + 1.3 * i);
            }
            try (NDArray filled = array.getManager().create(values, array.getShape())) {
                Torch.copyInto(array, filled);
            }
        }
        return model;
    }

    @Test
    void gradientsOfABatchAreTheMeanOfItsTexts() throws IOException {
        try (LoraModel model = model(0.3)) {
            Gradients together = Gradients.of(model, batch(0, 1, 2, 3, 4, 5));
            Gradients shuffled = Gradients.of(model, batch(4, 2, 0, 5, 3, 1));
            double loss = 0;
            Map<String, float[]> mean = new LinkedHashMap<>();
            for (int i = 0; i < LENGTHS.length; i++) {
                Gradients alone = Gradients.of(model, batch(i));
                loss += alone.loss() / LENGTHS.length;
                alone.byPath().forEach((path, values) -> add(mean, path, values));
            }
            assertThat(together.loss()).isCloseTo(loss, within(1e-5));
            assertThat(shuffled.loss()).isCloseTo(loss, within(1e-5));
            assertThat(mean.keySet()).isEqualTo(together.byPath().keySet());
            mean.forEach(
                    (path, values) -> {
                        assertThat(Golden.farthest(together.byPath().get(path), values))
                                .as(path)
                                .isLessThan(1e-5);
                        assertThat(Golden.farthest(shuffled.byPath().get(path), values))
                                .as(path)
                                .isLessThan(1e-5);
                    });
        }
        try (LoraModel model = model(0)) {
            double without = Gradients.of(model, batch(0, 1, 2, 3, 4, 5)).loss();
            try (LoraModel dropping = model(0.3)) {
                assertThat(Gradients.of(dropping, batch(0, 1, 2, 3, 4, 5)).loss())
                        .as("dropout acts")
                        .isNotCloseTo(without, within(1e-3));
            }
        }
    }

    private static void add(Map<String, float[]> mean, String path, float[] values) {
        float[] sum = mean.computeIfAbsent(path, key -> new float[values.length]);
        for (int i = 0; i < sum.length; i++) {
            sum[i] += values[i] / LENGTHS.length;
        }
    }

    /** Texts by their number; which, how long and with which label it is follows from it. */
    private static TextBatch batch(int... texts) {
        List<TokenizedExample> examples = new ArrayList<>();
        float[] targets = new float[texts.length];
        for (int row = 0; row < texts.length; row++) {
            int text = texts[row];
            int[] ids = new int[LENGTHS[text]];
            int[] types = new int[ids.length];
            for (int i = 0; i < ids.length; i++) {
                ids[i] = 5 + (17 * text + 11 * i) % 55;
                types[i] = 2 * i / ids.length;
            }
            examples.add(new TokenizedExample(text, ids, types, 0));
            targets[row] = text % 2;
        }
        return new TextBatch(PaddedBatch.of(examples, 0), targets);
    }
}
