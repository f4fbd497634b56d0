/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.hf.merge;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.lora4j.adapter.AdapterMismatchException;
import org.lora4j.core.AdapterConfig;
import org.lora4j.core.Bias;
import org.lora4j.core.Ia3Config;
import org.lora4j.core.Init;
import org.lora4j.core.LoraConfig;
import org.lora4j.core.LoraConfigBuilder;
import org.lora4j.hf.DecoderGolden;
import org.lora4j.hf.LoadOptions;
import org.lora4j.hf.LoraModel;
import org.lora4j.hf.Task;
import org.lora4j.safetensors.SafeTensorsFile;
import org.lora4j.safetensors.SafeTensorsWriter;
import org.lora4j.torch.TensorDtype;

/** A model that is merged module by module is the one that is merged whole, file by file. */
final class MergedTensorsTest {
    @TempDir Path folder;

    private static LoraConfigBuilder config(String... targets) {
        return LoraConfig.builder().setRank(3).setAlpha(5).optTargetModules(targets);
    }

    static Stream<Arguments> configurations() {
        return Stream.of(
                Arguments.of(
                        "llama",
                        config("all-linear")
                                .optRslora(true)
                                .optRankPattern(Map.of("layers.1.mlp.down_proj", 7))
                                .optAlphaPattern(Map.of("v_proj", 2.5))
                                .build()),
                Arguments.of("mistral", config("q_proj", "up_proj").optDora(true).build()),
                Arguments.of("qwen3", config("k_proj").optInit(Init.PISSA).build()),
                Arguments.of("llama", config("embed_tokens", "lm_head").build()),
                Arguments.of(
                        "phi3", config("qkv_proj").optModulesToSave("norm", "lm_head").build()),
                Arguments.of("qwen2", config("q_proj").optBias(Bias.ALL).build()),
                Arguments.of("qwen2", config("v_proj").optBias(Bias.LORA_ONLY).build()),
                Arguments.of("qwen2", config("k_proj").optLoraBias(true).build()),
                Arguments.of("gpt2", config("c_attn", "c_fc").build()),
                Arguments.of("gemma2", config("o_proj").build()),
                Arguments.of("llama-tied", config("embed_tokens", "k_proj").build()),
                Arguments.of("llama-tied", config("v_proj").optModulesToSave("lm_head").build()));
    }

    @ParameterizedTest
    @MethodSource("configurations")
    void filesAreThoseOfAModelThatWasMergedWhole(String name, LoraConfig config)
            throws IOException {
        compare(name, config, TensorDtype.F32, TensorDtype.F32);
    }

    @Test
    void soTheyAreOfAModelInBfloat16OrSavedSo() throws IOException {
        compare("llama-tied", config("down_proj").build(), TensorDtype.BF16, TensorDtype.BF16);
        compare("gemma2", config("embed_tokens").build(), TensorDtype.F32, TensorDtype.BF16);
    }

    private void compare(String name, LoraConfig config, TensorDtype read, TensorDtype written)
            throws IOException {
        Path model = DecoderGolden.file(name);
        Path adapter = adapter(model, config, name);
        Path whole = folder.resolve("whole-" + name);
        Path streamed = folder.resolve("streamed-" + name);
        LoadOptions options = LoadOptions.defaults().withDtype(read);
        try (LoraModel adapted = LoraModel.load(model, adapter, options);
                LoraModel merged = adapted.mergeAndUnload()) {
            merged.save(whole, written);
        }
        try (MergedTensors tensors = MergedTensors.open(model, adapter, read)) {
            tensors.save(streamed, written);
        }
        assertThat(names(streamed)).isEqualTo(names(whole));
        for (String file : names(whole)) {
            assertThat(Files.mismatch(streamed.resolve(file), whole.resolve(file)))
                    .as(file)
                    .isEqualTo(-1);
        }
        try (LoraModel base = LoraModel.load(model, Task.causalLanguageModel(), options)) {
            base.save(folder.resolve("base-" + name), written);
        }
        String weights = "model.safetensors";
        assertThat(
                        Files.mismatch(
                                whole.resolve(weights),
                                folder.resolve("base-" + name).resolve(weights)))
                .as("what the adapter changes")
                .isNotNegative();
    }

    private static Set<String> names(Path directory) throws IOException {
        try (Stream<Path> files = Files.list(directory)) {
            return new TreeSet<>(files.map(file -> file.getFileName().toString()).toList());
        }
    }

    /** Saves an adapter whose numbers are drawn, as if it were trained. */
    private Path adapter(Path model, AdapterConfig config, String name) throws IOException {
        Path adapter = folder.resolve("adapter-" + name);
        try (LoraModel base = LoraModel.load(model, Task.causalLanguageModel())) {
            base.addAdapter("default", config);
            base.saveAdapter("default", adapter);
        }
        Path file = adapter.resolve("adapter_model.safetensors");
        SafeTensorsWriter writer = new SafeTensorsWriter();
        try (NDManager manager = NDManager.newBaseManager("PyTorch")) {
            try (SafeTensorsFile opened = SafeTensorsFile.open(file)) {
                for (String tensor : opened.names()) {
                    NDArray old = opened.readFloat32(manager, tensor);
                    writer.add(tensor, old.add(manager.randomNormal(old.getShape()).mul(0.3f)));
                }
            }
            writer.write(file);
        }
        return adapter;
    }

    @Test
    void allThatDoesNotFitIsNamedAtOnce() throws IOException {
        Path model = DecoderGolden.file("llama");
        Path adapter = adapter(model, config("q_proj", "down_proj").build(), "llama");
        Path file = adapter.resolve("adapter_model.safetensors");
        SafeTensorsWriter writer = new SafeTensorsWriter();
        try (NDManager manager = NDManager.newBaseManager("PyTorch")) {
            String path = "base_model.model.model.layers.1.mlp.down_proj.lora_";
            writer.add(path + "A.weight", manager.randomNormal(new Shape(3, 5)));
            writer.add(path + "B.weight", manager.randomNormal(new Shape(6, 3)));
            writer.write(file);
        }
        assertThatThrownBy(() -> MergedTensors.open(model, adapter, TensorDtype.F32))
                .isInstanceOf(AdapterMismatchException.class)
                .hasMessageContaining("model.layers.1.mlp.down_proj.lora_A.weight")
                .hasMessageContaining("model.layers.0.self_attn.q_proj.lora_A.weight");
    }

    @Test
    void whatIsNotOfOneModuleIsRefused() throws IOException {
        Path model = DecoderGolden.file("llama");
        Path adapter = adapter(model, Ia3Config.builder().build(), "llama");
        assertThatThrownBy(() -> MergedTensors.open(model, adapter, TensorDtype.F32))
                .isInstanceOf(IOException.class)
                .hasMessageContaining("peft_type IA3 cannot be merged module by module")
                .hasMessageContaining("without --stream");
    }
}
