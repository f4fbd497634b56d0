/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.hf;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import ai.djl.ndarray.NDArray;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.lora4j.block.AdapterSelection;
import org.lora4j.core.AdapterConfig;
import org.lora4j.core.Ia3Config;
import org.lora4j.core.LoraConfig;
import org.lora4j.djl.Injection;
import org.lora4j.torch.Torch;

/** (IA)³ on whole models: added, combined, saved, merged and refused. */
final class Ia3Test {
    private static final DecoderGolden.Expected DATA = DecoderGolden.expected("llama");

    @TempDir Path folder;

    private LoraModel model(String name) throws IOException {
        return DecoderGolden.load(Files.createTempDirectory(folder, name), name);
    }

    private static float[] logits(LoraModel model) {
        return DecoderGolden.logits(
                model, DecoderGolden.packed(DATA.ids(), DATA.labels(), 0, 1, 2, 3));
    }

    private static void move(LoraModel model, String adapter, long seed) {
        Random random = new Random(seed);
        Golden.adapter(model, adapter)
                .forEach(
                        (name, array) -> {
                            float[] values = array.toFloatArray();
                            for (int i = 0; i < values.length; i++) {
                                values[i] += (float) random.nextGaussian() * 0.3f;
                            }
                            try (NDArray moved =
                                    array.getManager().create(values, array.getShape())) {
                                Torch.copyInto(array, moved);
                            }
                        });
    }

    private static Ia3Config all() {
        return Ia3Config.builder()
                .optTargetModules("all-linear")
                .optFeedforwardModules("regex:.*(down_proj|o_proj|c_proj)")
                .build();
    }

    @ParameterizedTest
    @MethodSource("org.lora4j.hf.DecoderGolden#models")
    void newVectorsAreTheBaseToTheBitAndMergedOnesTheSameModel(String name) throws IOException {
        LoraModel model = model(name);
        float[] plain = logits(model);
        model.addAdapter("default", all());
        assertThat(logits(model)).containsExactly(plain);
        move(model, "default", 3);
        float[] moved = logits(model);
        assertThat(Golden.farthest(moved, plain)).isGreaterThan(0.01);
        model.addAdapter("other", all());
        move(model, "other", 4);
        model.setActive(new AdapterSelection(Map.of("default", 1.0, "other", 1.0)));
        float[] both = logits(model);
        assertThat(Golden.farthest(both, moved)).isGreaterThan(0.01);
        model.mergeAdapter();
        assertThat(logits(model)).containsExactly(both);
        try (LoraModel merged = model.mergeAndUnload()) {
            assertThat(Golden.farthest(logits(merged), both)).isLessThan(2e-5);
        }
    }

    @Test
    void adaptersAreSavedLoadedReplacedAndDeleted() throws IOException {
        Path saved = folder.resolve("saved");
        try (LoraModel model = model("llama")) {
            float[] plain = logits(model);
            Injection injection = model.addAdapter("default", Ia3Config.builder().build());
            assertThat(injection.table())
                    .contains("model.layers.1.mlp.down_proj", "Linear, rescaled", "total");
            // two layers: k and v give 2 heads of 8 each, down_proj gets 20
            assertThat(model.trainableParameters().trainable()).isEqualTo(2 * (16 + 16 + 20));
            assertThat(injection.parameterCount()).isEqualTo(2 * (16 + 16 + 20));
            move(model, "default", 3);
            float[] moved = logits(model);
            model.saveAdapter("default", saved);
            model.addAdapter("next", Ia3Config.builder().build());
            assertThat(logits(model)).containsExactly(plain);
            model.replaceAdapter("next", saved);
            assertThat(logits(model)).containsExactly(moved);
            assertThat(model.trainableParameters().trainable()).isZero();
            model.trainAdapter("next");
            assertThat(model.trainableParameters().trainable()).isEqualTo(2 * (16 + 16 + 20));
            model.deleteAdapter("next");
            model.deleteAdapter("default");
            assertThat(logits(model)).containsExactly(plain);
            model.loadAdapter("again", saved);
            assertThat(logits(model)).containsExactly(moved);
        }
    }

    private static void refused(LoraModel model, AdapterConfig config, String... words) {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> model.addAdapter("refused", config))
                .withMessageContainingAll(words);
    }

    @Test
    void whatCannotBeIsRefusedByName() throws IOException {
        LoraConfig lora = LoraConfig.builder().setRank(2).optTargetModules("q_proj").build();
        try (LoraModel model = model("llama")) {
            refused(
                    model,
                    Ia3Config.builder()
                            .optTargetModules("embed_tokens")
                            .optFeedforwardModules()
                            .build(),
                    "embed_tokens",
                    "linear");
            model.addAdapter("default", all());
            float[] before = logits(model);
            refused(model, lora, "LORA", "IA3");
            model.setActive(new AdapterSelection(Map.of("default", 0.5)));
            assertThatThrownBy(() -> logits(model))
                    .isInstanceOf(IllegalStateException.class)
                    .hasMessageContaining("weight 1");
            model.setActive(AdapterSelection.of("default"));
            assertThat(logits(model)).containsExactly(before);
            model.deleteAdapter("default");
            model.addAdapter("default", lora);
            refused(model, all(), "LORA", "IA3");
        }
        try (LoraModel model = model("phi3")) {
            refused(model, Ia3Config.builder().build(), "phi3", "--feedforward-modules");
        }
        assertThatIllegalArgumentException()
                .isThrownBy(
                        () ->
                                Ia3Config.builder()
                                        .optTargetModules("q_proj")
                                        .optFeedforwardModules("down_proj")
                                        .build())
                .withMessageContainingAll("down_proj", "q_proj");
    }
}
