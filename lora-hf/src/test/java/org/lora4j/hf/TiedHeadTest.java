/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.hf;

import static org.assertj.core.api.Assertions.assertThat;

import ai.djl.ndarray.NDArray;
import com.google.gson.JsonObject;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.lora4j.core.LoraConfig;
import org.lora4j.hf.DecoderGolden.Expected;
import org.lora4j.safetensors.SafeTensorsFile;
import org.lora4j.text.batch.PackedTokens;
import org.lora4j.torch.Torch;

/**
 * A vocabulary projection that is the word table counts once, until an adapter makes it another.
 */
final class TiedHeadTest {
    private static final Expected DATA = DecoderGolden.expected("llama-tied");
    private static final PackedTokens TOKENS =
            DecoderGolden.packed(DATA.ids(), DATA.labels(), 0, 1, 2);

    @TempDir Path folder;

    private LoraModel model(String... targets) throws IOException {
        LoraModel model = DecoderGolden.load(folder, "llama-tied");
        model.addAdapter(
                "default",
                LoraConfig.builder().setRank(3).setAlpha(7).optTargetModules(targets).build());
        Random random = new Random(5);
        Golden.adapter(model, "default")
                .values()
                .forEach(
                        array -> {
                            float[] values = new float[(int) array.size()];
                            for (int i = 0; i < values.length; i++) {
                                values[i] = (float) random.nextGaussian() * 0.2f;
                            }
                            try (var copy = array.getManager().create(values, array.getShape())) {
                                Torch.copyInto(array, copy);
                            }
                        });
        return model;
    }

    private static JsonObject config(Path saved) {
        return Golden.json(saved.resolve("config.json"));
    }

    private static boolean hasHead(Path saved) throws IOException {
        try (SafeTensorsFile file = SafeTensorsFile.open(saved.resolve("model.safetensors"))) {
            return file.names().contains("lm_head.weight");
        }
    }

    @Test
    void aMergedHeadIsNoLongerTheTable() throws IOException {
        Path saved = folder.resolve("saved");
        float[] before;
        try (LoraModel model = model("q_proj", "lm_head")) {
            before = DecoderGolden.logits(model, TOKENS);
            try (LoraModel merged = model.mergeAndUnload()) {
                assertThat(Golden.farthest(DecoderGolden.logits(merged, TOKENS), before))
                        .isLessThan(1e-4);
                merged.save(saved);
            }
        }
        assertThat(config(saved).get("tie_word_embeddings").getAsBoolean()).isFalse();
        assertThat(hasHead(saved)).isTrue();
        try (LoraModel again = LoraModel.load(saved, Task.causalLanguageModel())) {
            assertThat(Golden.farthest(DecoderGolden.logits(again, TOKENS), before))
                    .isLessThan(1e-4);
        }
    }

    /** A copy of the table, or of the head, is one module's: the other keeps the old array. */
    @ParameterizedTest
    @ValueSource(strings = {"embed_tokens", "lm_head", "embed_tokens,lm_head"})
    void aModuleSavedWholeIsMergedIntoItselfAlone(String names) throws IOException {
        Path saved = folder.resolve("saved");
        float[] before;
        try (LoraModel model = DecoderGolden.load(folder, "llama-tied")) {
            float[] base = DecoderGolden.logits(model, TOKENS);
            model.addAdapter(
                    "default",
                    LoraConfig.builder()
                            .setRank(3)
                            .setAlpha(7)
                            .optTargetModules("q_proj")
                            .optModulesToSave(names.split(",", -1))
                            .build());
            float scale = 1.5f;
            for (NDArray array : Golden.adapter(model, "default").values()) {
                try (NDArray other = array.mul(scale)) {
                    Torch.copyInto(array, other);
                }
                scale += 0.25f; // no two copies alike
            }
            before = DecoderGolden.logits(model, TOKENS);
            assertThat(Golden.farthest(before, base)).isGreaterThan(1e-2);
            try (LoraModel merged = model.mergeAndUnload()) {
                assertThat(DecoderGolden.logits(merged, TOKENS)).isEqualTo(before);
                merged.save(saved);
            }
        }
        assertThat(config(saved).get("tie_word_embeddings").getAsBoolean()).isFalse();
        try (LoraModel again = LoraModel.load(saved, Task.causalLanguageModel())) {
            assertThat(DecoderGolden.logits(again, TOKENS)).isEqualTo(before);
        }
    }

    @Test
    void aHeadWithoutAnAdapterStaysTheTable() throws IOException {
        Path saved = folder.resolve("saved");
        float[] before;
        try (LoraModel model = model("q_proj")) {
            before = DecoderGolden.logits(model, TOKENS);
            long all = model.trainableParameters().all() - model.trainableParameters().trainable();
            long inFile = 0;
            try (SafeTensorsFile file =
                    SafeTensorsFile.open(DecoderGolden.file("llama-tied/model.safetensors"))) {
                for (String name : file.names()) {
                    inFile += file.info(name).shape().size();
                }
            }
            assertThat(all).as("the table counts once").isEqualTo(inFile);
            try (LoraModel merged = model.mergeAndUnload()) {
                merged.save(saved);
            }
        }
        assertThat(config(saved).get("tie_word_embeddings").getAsBoolean()).isTrue();
        assertThat(hasHead(saved)).isFalse();
        assertThat(Files.exists(saved.resolve("tokenizer.json"))).isTrue();
        try (LoraModel again = LoraModel.load(saved, Task.causalLanguageModel())) {
            assertThat(Golden.farthest(DecoderGolden.logits(again, TOKENS), before))
                    .isLessThan(1e-4);
        }
    }
}
