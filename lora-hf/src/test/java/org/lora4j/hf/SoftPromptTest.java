/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.hf;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import ai.djl.ndarray.NDArray;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.lora4j.adapter.InvalidAdapterException;
import org.lora4j.block.AdapterSelection;
import org.lora4j.core.LoraConfig;
import org.lora4j.core.SoftPromptConfig;
import org.lora4j.core.SoftPromptConfig.Encoder;
import org.lora4j.core.SoftPromptConfig.Network;
import org.lora4j.torch.Torch;

/** Soft prompts on whole models: gradients, several of them, files, and what is refused. */
final class SoftPromptTest {
    private static final DecoderGolden.Expected DATA = DecoderGolden.expected("llama");
    private static final int TOKENS = 3;

    @TempDir Path folder;

    private LoraModel model() throws IOException {
        return DecoderGolden.load(Files.createTempDirectory(folder, "llama"), "llama");
    }

    private static float[] logits(LoraModel model) {
        return DecoderGolden.padded(model, DATA.ids(), false);
    }

    private static StepGradients gradients(LoraModel model) {
        return StepGradients.of(model, DecoderGolden.batches(DATA, new int[][] {{0, 1, 2, 3}}));
    }

    private static void add(NDArray array, int at, float change) {
        float[] values = array.toFloatArray();
        values[at] += change;
        try (NDArray moved = array.getManager().create(values, array.getShape())) {
            Torch.copyInto(array, moved);
        }
    }

    private static void checkByDifferences(LoraModel model) {
        Map<String, float[]> found = gradients(model).byPath();
        Map<String, NDArray> arrays = model.trainingTask(CausalBatch.class).trainable();
        assertThat(arrays).hasSameSizeAs(found);
        Random random = new Random(5);
        double largest = 0;
        for (Map.Entry<String, NDArray> entry : arrays.entrySet()) {
            NDArray array = entry.getValue();
            float[] gradient = found.get(entry.getKey().replace(" of default", ""));
            for (int i = 0; i < 3; i++) {
                int at = random.nextInt((int) array.size());
                float step = 0.0003f; // small, since ReLU has kinks
                add(array, at, step);
                double above = gradients(model).loss();
                add(array, at, -2 * step);
                double below = gradients(model).loss();
                add(array, at, step);
                assertThat((above - below) / (2 * step))
                        .as("%s[%d]", entry.getKey(), at)
                        .isCloseTo(gradient[at], within(2e-3));
                largest = Math.max(largest, Math.abs(gradient[at]));
            }
        }
        assertThat(largest).isGreaterThan(0.01);
    }

    @Test
    void gradientsOfVectorsAreTheDifferencesOfTheLoss() throws IOException {
        try (LoraModel model = model()) {
            model.addAdapter("default", SoftPromptConfig.random(TOKENS).withSeed(3));
            assertThat(model.trainableParameters().trainable()).isEqualTo(TOKENS * 24L);
            checkByDifferences(model);
        }
    }

    @ParameterizedTest
    @EnumSource(Network.class)
    void gradientsOfNetworksAreTheDifferencesOfTheLoss(Network network) throws IOException {
        try (LoraModel model = model()) {
            Encoder encoder = new Encoder(network, 7, Encoder.DEFAULT_LAYERS);
            SoftPromptConfig config =
                    SoftPromptConfig.encoded(TOKENS, network).withSource(encoder).withSeed(3);
            model.addAdapter("default", config);
            Golden.adapter(model, "default")
                    .values()
                    .forEach(array -> array.muli(2)); // so that the vectors matter
            checkByDifferences(model);
        }
    }

    @Test
    void eachPromptHasItsLengthAndTheBaseStaysTheBase() throws IOException {
        Path saved = folder.resolve("saved");
        try (LoraModel model = model()) {
            float[] plain = logits(model);
            model.addAdapter("one", SoftPromptConfig.random(TOKENS).withSeed(1));
            float[] one = logits(model);
            model.addAdapter("two", SoftPromptConfig.random(2).withSeed(2));
            float[] two = logits(model);
            assertThat(Golden.farthest(one, plain)).isGreaterThan(0.01);
            assertThat(Golden.farthest(two, one)).isGreaterThan(0.01);
            assertThat(DecoderGolden.padded(model, DATA.ids(), true)).hasSameSizeAs(two);
            model.setActive(AdapterSelection.of("one"));
            assertThat(logits(model)).containsExactly(one);
            assertThat(model.maxPositions()).isEqualTo(64 - TOKENS);
            model.setActive(AdapterSelection.none());
            assertThat(logits(model)).containsExactly(plain);
            assertThat(model.maxPositions()).isEqualTo(64);
            model.saveAdapter("one", saved);
            model.deleteAdapter("one");
            model.loadAdapter("again", saved);
            assertThat(logits(model)).containsExactly(one);
            model.trainAdapter("again");
            model.setActive(new AdapterSelection(Map.of("again", 1.0, "two", 1.0)));
            assertThatThrownBy(() -> logits(model))
                    .isInstanceOf(IllegalStateException.class)
                    .hasMessageContaining("expected one");
            model.setActive(AdapterSelection.of("again"));
            assertThatThrownBy(model::mergeAndUnload)
                    .isInstanceOf(IllegalStateException.class)
                    .hasMessageContaining("soft prompt");
            model.unload();
            assertThat(logits(model)).containsExactly(plain);
        }
    }

    @Test
    void whatCannotBeIsRefusedByName() throws IOException {
        try (LoraModel model = model()) {
            SoftPromptConfig config = SoftPromptConfig.encoded(TOKENS, Network.MLP);
            model.addAdapter("default", config);
            float[] prompted = logits(model);
            model.saveAdapter("default", folder.resolve("p"));
            model.loadAdapter("loaded", folder.resolve("p"));
            assertThat(Golden.farthest(logits(model), prompted)).isLessThan(1e-5);
            assertThatThrownBy(() -> model.trainAdapter("loaded"))
                    .isInstanceOf(IllegalStateException.class)
                    .hasMessageContaining("P-tuning");
            assertThatIllegalArgumentException()
                    .isThrownBy(() -> model.addAdapter("other", SoftPromptConfig.random(2)))
                    .withMessageContainingAll("P_TUNING", "PROMPT_TUNING");
            LoraConfig lora = LoraConfig.builder().optTargetModules("q_proj").build();
            assertThatIllegalArgumentException()
                    .isThrownBy(() -> model.addAdapter("other", lora))
                    .withMessageContainingAll("P_TUNING", "LORA");
        }
    }

    @Test
    void aPromptLeavesRoomForATextAndIsOfThisModel() throws IOException {
        Path longest = folder.resolve("longest");
        try (LoraModel model = model()) {
            assertThatIllegalArgumentException()
                    .isThrownBy(() -> model.addAdapter("p", SoftPromptConfig.random(64)))
                    .withMessageContainingAll("64 virtual tokens", "64 positions");
            assertThat(model.adapterNames()).isEmpty();
            model.addAdapter("p", SoftPromptConfig.random(63));
            assertThat(model.maxPositions()).isEqualTo(1);
            model.saveAdapter("p", longest);
        }
        Path shorter = DecoderGolden.model(folder, "llama");
        Path config = shorter.resolve("config.json");
        Files.writeString(
                config,
                Files.readString(config)
                        .replace(
                                "\"max_position_embeddings\":64",
                                "\"max_position_embeddings\":63"));
        try (LoraModel model = LoraModel.load(shorter, Task.causalLanguageModel())) {
            assertThatThrownBy(() -> model.loadAdapter("p", longest))
                    .isInstanceOf(InvalidAdapterException.class)
                    .hasMessageContainingAll("63 virtual tokens", "63 positions", "longest");
        }
        Path file = longest.resolve("adapter_config.json");
        Files.writeString(
                file, Files.readString(file).replace("\"token_dim\": 24", "\"token_dim\": 32"));
        try (LoraModel model = model()) {
            assertThatThrownBy(() -> model.loadAdapter("p", longest))
                    .isInstanceOf(InvalidAdapterException.class)
                    .hasMessageContainingAll("token_dim is 32", "24 numbers");
            assertThat(model.adapterNames()).isEmpty();
        }
    }

    @Test
    void aPromptHasNoWeight() throws IOException {
        try (LoraModel model = model()) {
            model.addAdapter("default", SoftPromptConfig.random(TOKENS));
            float[] whole = logits(model);
            for (double weight : new double[] {0, 0.5}) {
                model.setActive(new AdapterSelection(Map.of("default", weight)));
                assertThatThrownBy(() -> logits(model))
                        .hasMessageContaining("expected a selection");
            }
            model.setActive(AdapterSelection.of("default"));
            assertThat(logits(model)).isEqualTo(whole);
        }
    }
}
