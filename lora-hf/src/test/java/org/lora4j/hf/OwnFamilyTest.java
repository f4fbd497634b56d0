/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.hf;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import ai.djl.engine.Engine;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.lora4j.core.LoraConfig;
import org.lora4j.hf.family.ModelFamilies;
import org.lora4j.hf.family.ModuleShape;
import org.lora4j.hf.family.ParameterInventory;
import org.lora4j.hf.model.ModelConfig;
import org.lora4j.safetensors.SafeTensorsFile;
import org.lora4j.safetensors.SafeTensorsWriter;
import org.lora4j.text.batch.PackedTokens;
import org.lora4j.train.LoraTrainer;

/** A family that this library does not have, from a service file ("olmo2") and registered. */
final class OwnFamilyTest {
    private static final Olmo2Family REGISTERED = new Olmo2Family("registered-olmo2");
    private static final int[][] IDS = {{4, 9, 2, 17, 9}, {1, 22, 3}};
    private static final long[][] LABELS = {{4, 9, 2, 17, 9}, {1, 22, 3}};

    @TempDir private Path folder;

    @BeforeAll
    static void register() {
        ModelFamilies.register(REGISTERED);
    }

    @ParameterizedTest
    @ValueSource(strings = {"olmo2", "registered-olmo2"})
    void anOwnFamilyLoadsTrainsAndSavesAnAdapter(String type) throws IOException {
        Path directory = write(type);
        Path adapter = folder.resolve("adapter");
        PackedTokens tokens = DecoderGolden.packed(IDS, LABELS, 0, 1);
        float[] trained;
        try (LoraModel model = LoraModel.load(directory, Task.causalLanguageModel())) {
            float[] plain = DecoderGolden.logits(model, tokens);
            model.addAdapter("default", LoraConfig.builder().setRank(3).setAlpha(7).build());
            List<Double> losses =
                    LoraTrainer.builder(model)
                            .setDataset(StepGradients.fixed(List.of(new CausalBatch(tokens))))
                            .optConfig(c -> c.optSteps(20).optLearningRate(0.05))
                            .build()
                            .fit()
                            .lossByStep();
            assertThat(losses.get(losses.size() - 1)).isLessThan(losses.get(0) - 0.05);
            trained = DecoderGolden.logits(model, tokens);
            assertThat(Golden.farthest(trained, plain)).isGreaterThan(0.01);
            model.saveAdapter("default", adapter);
        }
        try (SafeTensorsFile file =
                SafeTensorsFile.open(adapter.resolve("adapter_model.safetensors"))) {
            assertThat(file.names())
                    .hasSize(8)
                    .contains("base_model.model.model.layers.1.self_attn.v_proj.lora_B.weight");
        }
        try (LoraModel model = LoraModel.load(directory, adapter, LoadOptions.defaults())) {
            assertThat(DecoderGolden.logits(model, tokens)).isEqualTo(trained);
        }
    }

    @Test
    void theModulesAreThoseThatTheFamilyBuilds() throws IOException {
        ParameterInventory inventory = ParameterInventory.of(ModelConfig.read(write("olmo2")));
        assertThat(inventory.modules())
                .contains(
                        new ModuleShape(
                                "model.layers.1.self_attn.q_norm",
                                ModuleShape.Kind.NORM,
                                0,
                                12,
                                12),
                        new ModuleShape(
                                "model.layers.0.self_attn.k_proj",
                                ModuleShape.Kind.LINEAR,
                                12,
                                4,
                                48));
        long layer = 12 * 12 + 2 * 12 * 4 + 12 * 12 + 12 + 4 + 3 * 12 * 20 + 2 * 12;
        assertThat(inventory.parameters()).isEqualTo(2 * 23 * 12 + 2 * layer + 12);
    }

    @Test
    void noFamilyReplacesAnother() {
        assertThatThrownBy(() -> ModelFamilies.register(new Olmo2Family("llama")))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("\"llama\"")
                .hasMessageContaining("LlamaFamily");
        assertThatThrownBy(() -> ModelFamilies.register(new Olmo2Family("registered-olmo2")))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("registered-olmo2");
        ModelFamilies.register(REGISTERED); // the same object again
    }

    /** Writes a model with numbers at random, and no tokenizer. */
    private Path write(String type) throws IOException {
        Path directory = Files.createDirectories(folder.resolve(type));
        Files.writeString(
                directory.resolve(ModelConfig.FILE),
                """
                {"architectures": ["Olmo2ForCausalLM"], "model_type": "%s", "vocab_size": 23,
                 "hidden_size": 12, "intermediate_size": 20, "num_hidden_layers": 2,
                 "num_attention_heads": 3, "num_key_value_heads": 1,
                 "max_position_embeddings": 32}
                """
                        .formatted(type));
        Random random = new Random(11);
        try (NDManager manager = Engine.getEngine("PyTorch").newBaseManager()) {
            SafeTensorsWriter weights = new SafeTensorsWriter();
            for (ModuleShape module :
                    ParameterInventory.of(ModelConfig.read(directory)).modules()) {
                float[] values = new float[(int) module.parameters()];
                for (int i = 0; i < values.length; i++) {
                    values[i] = (float) random.nextGaussian() * 0.3f + 0.2f;
                }
                Shape shape =
                        switch (module.kind()) {
                            case NORM -> new Shape(module.outputs());
                            case EMBEDDING -> new Shape(module.inputs(), module.outputs());
                            default -> new Shape(module.outputs(), module.inputs());
                        };
                weights.add(module.path() + ".weight", manager.create(values, shape));
            }
            weights.writeModel(directory, SafeTensorsWriter.DEFAULT_MAX_SHARD_BYTES);
        }
        return directory;
    }
}
