/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.hf;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import ai.djl.ndarray.NDArray;
import com.google.gson.Gson;
import com.google.gson.JsonObject;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.lora4j.adapter.InvalidAdapterException;
import org.lora4j.adapter.PeftAdapter;
import org.lora4j.adapter.PeftConfigFile;
import org.lora4j.core.LoraConfig;
import org.lora4j.hf.model.Checkpoint;

/** What PEFT and torch write beside plain LoRA's files gives the logits that it gives there. */
final class PeftFilesTest {
    private static final JsonObject EXPECTED =
            Golden.json(Golden.golden("peft-files/expected.json"));

    @TempDir Path folder;

    /** An adapter's base, tokens, and what PEFT gives for some of them. */
    @SuppressWarnings("ArrayRecordComponent") // numbers of a golden, read only
    record Expected(String base, int tokens, int[] ids, double[][] logits) {
        static Expected of(String name) {
            return new Gson().fromJson(EXPECTED.get(name), Expected.class);
        }

        double farthest(LoraModel model) {
            return Golden.farthest(PeftFilesTest.logits(model, ids), logits);
        }
    }

    private static float[] logits(LoraModel model, int... ids) {
        long[] labels = new long[ids.length];
        return DecoderGolden.logits(
                model, DecoderGolden.packed(new int[][] {ids}, new long[][] {labels}, 0));
    }

    private static Path adapter(String name) {
        return Golden.golden("peft-files/" + name);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "resized",
                "resized-words",
                "resized-head",
                "resized-both",
                "resized-target",
                "resized-tied",
                "shrunk",
                "pickled",
                "tying-saved",
                "tying-target"
            })
    void logitsArePeftsAndStaySoWhenSavedAndMerged(String name) throws IOException {
        Expected expected = Expected.of(name);
        Path base = DecoderGolden.model(folder, expected.base());
        Path saved = folder.resolve("saved");
        Path merged = folder.resolve("merged");
        try (LoraModel model = LoraModel.load(base, adapter(name), LoadOptions.defaults())) {
            assertThat(model.block().vocabularySize()).isEqualTo(expected.tokens());
            assertThat(expected.farthest(model)).isLessThan(1e-5);
            model.saveAdapter("default", saved);
            try (LoraModel plain = model.mergeAndUnload()) {
                assertThat(expected.farthest(plain)).isLessThan(1e-5);
                plain.save(merged);
            }
        }
        try (LoraModel again = LoraModel.load(base, saved, LoadOptions.defaults().withSeed(5))) {
            assertThat(expected.farthest(again)).isLessThan(1e-5);
        }
        assertThat(Golden.json(merged.resolve("config.json")).get("vocab_size").getAsInt())
                .isEqualTo(expected.tokens());
        try (LoraModel plain = LoraModel.load(merged, Task.causalLanguageModel())) {
            assertThat(expected.farthest(plain)).isLessThan(1e-5);
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"resized", "resized-both", "resized-target", "shrunk"})
    void aBaseAsPublishedIsResizedFirst(String name) throws IOException {
        Expected expected = Expected.of(name);
        try (LoraModel model = DecoderGolden.load(folder, expected.base())) {
            assertThatThrownBy(() -> model.loadAdapter("default", adapter(name)))
                    .isInstanceOf(InvalidAdapterException.class)
                    .hasMessageContaining(expected.tokens() + " tokens and the model 41")
                    .hasMessageContaining("resizeTokenEmbeddings(" + expected.tokens() + ")");
            assertThat(model.adapterNames()).isEmpty();
            model.resizeTokenEmbeddings(expected.tokens());
            model.loadAdapter("default", adapter(name));
            assertThat(expected.farthest(model)).isLessThan(1e-5);
        }
    }

    /** Its tables differ from those of the first, which the base's new rows were taken from. */
    @Test
    void aSecondAdapterKeepsTablesOfItsOwn() throws IOException {
        Expected words = Expected.of("resized");
        Path other = folder.resolve("other");
        Files.createDirectories(other);
        Files.copy(
                adapter("resized").resolve(PeftConfigFile.FILE_NAME),
                other.resolve(PeftConfigFile.FILE_NAME));
        Path weights = other.resolve(PeftAdapter.WEIGHTS_FILE);
        Files.copy(adapter("resized").resolve(PeftAdapter.WEIGHTS_FILE), weights);
        Weights.editFile(
                weights,
                tensors ->
                        tensors.computeIfPresent(
                                "base_model.model.lm_head.weight", (name, old) -> old.mul(2)));
        try (LoraModel model = DecoderGolden.load(folder, words.base())) {
            model.resizeTokenEmbeddings(words.tokens());
            model.loadAdapter("first", adapter("resized"));
            model.loadAdapter("second", other);
            float[] twice = logits(model, words.ids());
            for (int i = 0; i < twice.length; i++) {
                twice[i] /= 2;
            }
            assertThat(Golden.farthest(twice, words.logits())).isLessThan(1e-5);
            model.deleteAdapter("second");
            model.setActive(org.lora4j.block.AdapterSelection.of("first"));
            assertThat(words.farthest(model)).isLessThan(1e-5);
        }
    }

    @Test
    void anAdaptersNameInATensorsNameIsTakenOff() throws IOException {
        Path named = folder.resolve("named");
        Files.createDirectories(named);
        Files.copy(
                adapter("resized-both").resolve(PeftConfigFile.FILE_NAME),
                named.resolve(PeftConfigFile.FILE_NAME));
        Path weights = named.resolve(PeftAdapter.WEIGHTS_FILE);
        Files.copy(adapter("resized-both").resolve(PeftAdapter.WEIGHTS_FILE), weights);
        Weights.editFile(
                weights,
                tensors -> {
                    Map<String, NDArray> old = new TreeMap<>(tensors);
                    tensors.clear();
                    old.forEach(
                            (name, array) -> {
                                boolean copy = name.contains("modules_to_save");
                                if (copy || name.contains("lora_")) {
                                    tensors.put(
                                            name.replaceFirst(
                                                    "(lora_[AB]|modules_to_save)\\.",
                                                    "$1.default."),
                                            array);
                                }
                            });
                });
        Expected expected = Expected.of("resized-both");
        try (LoraModel model =
                LoraModel.load(
                        DecoderGolden.model(folder, "llama"), named, LoadOptions.defaults())) {
            assertThat(expected.farthest(model)).isLessThan(1e-5);
        }
    }

    @Test
    void tensorsOfTwoAdaptersAreRefused() throws IOException {
        Path two = folder.resolve("two");
        Files.createDirectories(two);
        Files.copy(
                adapter("shrunk").resolve(PeftConfigFile.FILE_NAME),
                two.resolve(PeftConfigFile.FILE_NAME));
        Path weights = two.resolve(PeftAdapter.WEIGHTS_FILE);
        Files.copy(adapter("shrunk").resolve(PeftAdapter.WEIGHTS_FILE), weights);
        Weights.editFile(
                weights,
                tensors -> {
                    Map<String, NDArray> old = new TreeMap<>(tensors);
                    old.forEach(
                            (name, array) -> {
                                if (name.contains("lora_A.")) {
                                    tensors.put(name.replace("lora_A.", "lora_A.one."), array);
                                    tensors.put(name.replace("lora_A.", "lora_A.two."), array);
                                }
                            });
                });
        assertThatThrownBy(
                        () ->
                                LoraModel.load(
                                        DecoderGolden.model(folder, "llama"),
                                        two,
                                        LoadOptions.defaults()))
                .isInstanceOf(InvalidAdapterException.class)
                .hasMessageContaining("[one, two]");
    }

    @Test
    void weightsOfTorchAreReadWholeAndInShards() throws IOException {
        Path whole = DecoderGolden.model(folder, "llama");
        float[] expected;
        try (LoraModel model = LoraModel.load(whole, Task.causalLanguageModel())) {
            expected = logits(model, 1, 2, 3);
        }
        Files.delete(whole.resolve("model.safetensors"));
        Path file = whole.resolve("pytorch_model.bin");
        Files.copy(adapter("model-bin").resolve("pytorch_model.bin"), file);
        assertThat(Checkpoint.dtypeOf(whole)).isEqualTo(org.lora4j.torch.TensorDtype.F32);
        try (LoraModel model = LoraModel.load(whole, Task.causalLanguageModel())) {
            assertThat(logits(model, 1, 2, 3)).containsExactly(expected);
        }
        Files.writeString(
                whole.resolve("pytorch_model.bin.index.json"),
                "{\"weight_map\": {\"lm_head.weight\": \"part.bin\"}}");
        Files.move(file, whole.resolve("part.bin"));
        try (LoraModel model = LoraModel.load(whole, Task.causalLanguageModel())) {
            assertThat(logits(model, 1, 2, 3)).containsExactly(expected);
        }
        Files.writeString(
                whole.resolve("pytorch_model.bin.index.json"),
                "{\"weight_map\": {\"lm_head.weight\": \"../part.bin\"}}");
        assertThatThrownBy(() -> LoraModel.load(whole, Task.causalLanguageModel()))
                .isInstanceOf(IOException.class)
                .hasMessageContaining("pytorch_model.bin.index.json");
    }

    /** PEFT's rule for modules_to_save: every path that ends in the name, on a dot or not. */
    @Test
    void aModuleToSaveIsEveryPathThatEndsInItsName() throws IOException {
        Path out = folder.resolve("adapter");
        try (LoraModel model = DecoderGolden.load(folder, "llama")) {
            model.addAdapter(
                    "default",
                    LoraConfig.builder()
                            .setRank(2)
                            .setAlpha(2)
                            .optTargetModules("q_proj")
                            .optModulesToSave("norm")
                            .build());
            model.saveAdapter("default", out);
        }
        List<String> norms = new ArrayList<>(List.of("base_model.model.model.norm.weight"));
        for (int i = 0; i < 2; i++) {
            norms.add("base_model.model.model.layers." + i + ".input_layernorm.weight");
            norms.add("base_model.model.model.layers." + i + ".post_attention_layernorm.weight");
        }
        Map<String, float[]> tensors = Golden.tensors(out.resolve(PeftAdapter.WEIGHTS_FILE));
        assertThat(tensors.keySet().stream().filter(name -> !name.contains("lora_")))
                .containsExactlyInAnyOrderElementsOf(norms);
        try (LoraModel model =
                LoraModel.load(DecoderGolden.model(folder, "llama"), out, LoadOptions.defaults())) {
            assertThat(model.adapterNames()).containsExactly("default");
        }
    }
}
