/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.hf;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.google.gson.JsonNull;
import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.function.Consumer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.lora4j.hf.DecoderGolden.Expected;
import org.lora4j.hf.decoder.DecoderConfig;
import org.lora4j.hf.decoder.DecoderDefaults;
import org.lora4j.hf.family.ModuleShape;
import org.lora4j.hf.family.ParameterInventory;
import org.lora4j.hf.model.ModelConfig;
import org.lora4j.hf.model.ModelTensors;
import org.lora4j.text.batch.PackedTokens;

/** What a decoder's config.json may say or leave out: it is honoured or refused by name. */
final class DecoderSettingsTest {
    @TempDir Path folder;

    private Path model(String name, Consumer<JsonObject> change) throws IOException {
        Path directory = DecoderGolden.model(folder, name);
        JsonObject json = Golden.json(directory.resolve("config.json"));
        change.accept(json);
        Files.writeString(directory.resolve("config.json"), json.toString());
        return directory;
    }

    private static float[] logits(LoraModel model, String name) {
        Expected data = DecoderGolden.expected(name);
        PackedTokens tokens = DecoderGolden.packed(data.ids(), data.labels(), 0, 1, 2);
        return DecoderGolden.logits(model, tokens);
    }

    private static float[] logits(Path directory, String name) throws IOException {
        try (LoraModel model = LoraModel.load(directory, Task.causalLanguageModel())) {
            return logits(model, name);
        }
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "llama  | is_causal | false | is_causal",
                "gpt2   | is_causal | false | is_causal",
                "llama  | quantization_config | {\"quant_method\": \"gptq\"} | quantization_config",
                "gpt2   | quantization_config | {\"load_in_8bit\": true} | quantization_config",
                "gpt2   | add_cross_attention | true | add_cross_attention",
                "gemma2 | use_bidirectional_attention | true | use_bidirectional_attention",
                "gemma2 | attn_logit_softcapping | 0 | attn_logit_softcapping",
                "gemma2 | final_logit_softcapping | -3 | final_logit_softcapping",
                "gemma2 | sliding_window | null | sliding_window",
                "gemma2 | layer_types | [\"full_attention\", \"chunked_attention\"] | layer_types",
                "qwen2  | use_sliding_window | false | layer 1 has a sliding window",
                "qwen3  | layer_types | [\"sliding_attention\", \"full_attention\"] | layer 0",
                "llama  | hidden_act | \"quick_gelu\" | quick_gelu",
                "gpt2   | activation_function | \"relu2\" | relu2",
                "llama  | head_dim | 7 | even",
                "llama  | rope_scaling | {\"type\": \"linear\", \"factor\": 2,"
                        + " \"partial_rotary_factor\": 0.5} | partial_rotary_factor",
                "llama  | rope_scaling | {\"rope_type\": \"proportional\"} | proportional",
                "llama  | rope_scaling | {\"rope_type\": \"mrope\"} | mrope"
            })
    void whatIsNotHonouredIsRefusedByName(String name, String key, String value, String said)
            throws IOException {
        Path directory = model(name, json -> json.add(key, JsonParser.parseString(value)));
        assertThatThrownBy(() -> LoraModel.load(directory, Task.causalLanguageModel()))
                .isInstanceOf(IOException.class)
                .hasMessageContaining(said);
    }

    /** Llama without scaling turns whole heads whatever the key says, in transformers too. */
    @Test
    void onlyPhi3TurnsAPartOfAHead() throws IOException {
        Path directory = model("llama", json -> json.addProperty("partial_rotary_factor", 0.5));
        assertThat(logits(directory, "llama"))
                .isEqualTo(logits(DecoderGolden.model(folder, "llama"), "llama"));
        Path other =
                model(
                        "phi3",
                        json ->
                                json.getAsJsonObject("rope_parameters")
                                        .addProperty("partial_rotary_factor", 1.0));
        assertThat(logits(other, "phi3"))
                .isNotEqualTo(logits(DecoderGolden.model(folder, "phi3"), "phi3"));
    }

    @ParameterizedTest
    @CsvSource({
        // model_type of the defaults, heads, key heads where absent, head size, epsilon, positions
        "LLAMA, 64, 64, 2, 1e-6, 2048, false",
        "MISTRAL, 64, 8, 2, 1e-6, 131072, false",
        "QWEN2, 64, 32, 2, 1e-6, 32768, false",
        "QWEN3, 64, 32, 128, 1e-6, 32768, false",
        "GEMMA2, 64, 4, 256, 1e-6, 8192, true",
        "PHI3, 64, 64, 2, 1e-5, 4096, false"
    })
    void absentKeysAreTheFamilys(
            String family, int heads, int groups, int size, double eps, int positions, boolean tied)
            throws IOException {
        DecoderDefaults defaults =
                switch (family) {
                    case "MISTRAL" -> DecoderDefaults.MISTRAL;
                    case "QWEN2" -> DecoderDefaults.QWEN2;
                    case "QWEN3" -> DecoderDefaults.QWEN3;
                    case "GEMMA2" -> DecoderDefaults.GEMMA2;
                    case "PHI3" -> DecoderDefaults.PHI3;
                    default -> DecoderDefaults.LLAMA;
                };
        JsonObject json = new JsonObject();
        json.addProperty("vocab_size", 10);
        json.addProperty("hidden_size", 128);
        json.addProperty("num_hidden_layers", 1);
        json.addProperty("num_attention_heads", heads);
        json.addProperty("intermediate_size", 3);
        DecoderConfig found = DecoderConfig.of(config(json), defaults);
        assertThat(found.keyValueHeads()).isEqualTo(groups);
        assertThat(found.headDim()).isEqualTo(size);
        assertThat(found.normEps()).isEqualTo(eps);
        assertThat(found.maxPositions()).isEqualTo(positions);
        assertThat(found.tied()).isEqualTo(tied);
        assertThat(found.attentionDropout()).isZero();
        json.add("num_key_value_heads", JsonNull.INSTANCE);
        assertThat(DecoderConfig.of(config(json), defaults).keyValueHeads()).isEqualTo(heads);
    }

    private ModelConfig config(JsonObject json) throws IOException {
        Files.writeString(folder.resolve("config.json"), json.toString());
        return ModelConfig.read(folder);
    }

    /** Names and sizes from the configuration alone are those of the weights. */
    @ParameterizedTest
    @MethodSource("org.lora4j.hf.DecoderGolden#models")
    void theInventoryIsWhatTheModelHas(String name) throws IOException {
        try (LoraModel model = DecoderGolden.load(folder, name)) {
            Map<String, Long> there = new LinkedHashMap<>();
            ModelTensors.plain(model.block())
                    .forEach(
                            (path, weight) ->
                                    there.merge(
                                            path.substring(0, path.lastIndexOf('.')),
                                            weight.getArray().getShape().size(),
                                            Long::sum));
            Map<String, Long> said = new LinkedHashMap<>();
            for (ModuleShape module : ParameterInventory.of(model.config()).modules()) {
                if (module.parameters() > 0) {
                    said.put(module.path(), module.parameters());
                }
            }
            assertThat(said).isEqualTo(there);
        }
    }

    /** Then the configuration is wrong: as in transformers, the file counts. */
    @ParameterizedTest
    @CsvSource({"llama-tied", "gpt2"})
    void aTiedHeadOfItsOwnInTheFileIsRead(String name) throws IOException {
        Map<String, float[]> tensors = DecoderGolden.tensors(name + "/model.safetensors");
        String words = name.equals("gpt2") ? "transformer.wte.weight" : "model.embed_tokens.weight";
        Path plain = DecoderGolden.model(folder, name);
        Path same = headed(name, tensors.get(words).clone());
        assertThat(logits(same, name)).isEqualTo(logits(plain, name));
        float[] head = tensors.get(words).clone();
        for (int i = 0; i < head.length; i++) {
            head[i] *= 2;
        }
        Path other = headed(name, head);
        float[] once = logits(plain, name);
        float[] twice = logits(other, name);
        for (int i = 0; i < once.length; i++) {
            assertThat(twice[i]).isEqualTo(2 * once[i]); // a power of 2 rounds nothing
        }
        Path saved = folder.resolve("saved-" + name);
        try (LoraModel model = LoraModel.load(other, Task.causalLanguageModel())) {
            model.save(saved);
        }
        assertThat(logits(saved, name)).isEqualTo(twice);
        try (SharedBase base =
                        SharedBase.load(other, Task.causalLanguageModel(), LoadOptions.defaults());
                LoraModel one = base.newModel();
                LoraModel two = base.newModel()) {
            assertThat(logits(one, name)).isEqualTo(twice);
            assertThat(logits(two, name)).isEqualTo(twice);
        }
    }

    private Path headed(String name, float[] head) throws IOException {
        Path directory = DecoderGolden.model(folder, name);
        DecoderGolden.writeHeaded(name, head, directory.resolve("model.safetensors"));
        return directory;
    }

    @Test
    void aTextBeyondThePositionTableIsRefused() throws IOException {
        int[][] ids = {new int[21]};
        long[][] labels = {new long[21]};
        PackedTokens tokens = DecoderGolden.packed(ids, labels, 0);
        try (LoraModel model = DecoderGolden.load(folder, "gpt2")) {
            assertThat(model.maxPositions()).isEqualTo(20);
            assertThatThrownBy(() -> DecoderGolden.logits(model, tokens))
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessageContaining("position 20")
                    .hasMessageContaining("at most 20 tokens");
            assertThatThrownBy(() -> DecoderGolden.padded(model, ids, true))
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessageContaining("n_positions");
        }
    }

    /** Rotary positions have no table: they go on, as in transformers. */
    @Test
    void rotaryPositionsGoOnBeyondTheLongest() throws IOException {
        Path directory = model("llama", json -> json.addProperty("max_position_embeddings", 4));
        assertThat(logits(directory, "llama"))
                .isEqualTo(logits(DecoderGolden.model(folder, "llama"), "llama"));
    }

    @Test
    void keysThatSayNothingNewChangeNothing() throws IOException {
        JsonNull none = JsonNull.INSTANCE;
        Path directory =
                model(
                        "llama",
                        json -> {
                            json.add("quantization_config", none);
                            json.add("rope_scaling", none);
                            json.addProperty("is_causal", true);
                            json.addProperty("sliding_window", 2);
                            json.addProperty("pretraining_tp", 4);
                        });
        assertThat(logits(directory, "llama"))
                .isEqualTo(logits(DecoderGolden.model(folder, "llama"), "llama"));
    }
}
