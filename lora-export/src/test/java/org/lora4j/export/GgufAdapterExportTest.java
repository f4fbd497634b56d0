/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.export;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import ai.djl.ndarray.NDManager;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.lora4j.adapter.AdapterMismatchException;
import org.lora4j.core.LoraConfig;
import org.lora4j.core.LoraConfigBuilder;
import org.lora4j.export.gguf.GgufType;
import org.lora4j.safetensors.SafeTensorsFile;
import org.lora4j.testkit.RandomAdapter;
import org.lora4j.testkit.TinyLlama;

/** An adapter's GGUF file has the pairs with which llama.cpp's formula gives ours. */
final class GgufAdapterExportTest {
    private static final int HIDDEN = 48;

    @TempDir Path folder;

    private Path model;
    private Path adapter;
    private Path file;

    @BeforeEach
    void write() throws IOException {
        model = TinyLlama.write(folder.resolve("model"), 7);
        adapter = folder.resolve("adapter");
        file = folder.resolve("adapter.gguf");
    }

    private static LoraConfigBuilder config(String... targets) {
        return LoraConfig.builder().setRank(3).setAlpha(5).optTargetModules(targets);
    }

    private Map<String, float[]> exported(LoraConfig config, Map<String, String> texts)
            throws IOException {
        RandomAdapter.write(model, adapter, config);
        GgufAdapterExport.write(model, adapter, file, GgufType.F32);
        return GgufRead.floats(file, texts);
    }

    private float[] tensor(String name) throws IOException {
        try (NDManager manager = NDManager.newBaseManager("PyTorch");
                SafeTensorsFile opened =
                        SafeTensorsFile.open(adapter.resolve("adapter_model.safetensors"))) {
            return opened.readFloat32(manager, "base_model.model." + name).toFloatArray();
        }
    }

    /** alpha/r · b·a of a file, [out, in], with the rows as llama.cpp has them. */
    private static double[] change(
            Map<String, float[]> tensors, String name, double alpha, int rank) {
        float[] a = tensors.get(name + ".weight.lora_a");
        float[] b = tensors.get(name + ".weight.lora_b");
        return product(b, a, rank, alpha / rank);
    }

    private static double[] product(float[] b, float[] a, int rank, double scaling) {
        int outs = b.length / rank;
        int ins = a.length / rank;
        double[] sum = new double[outs * ins];
        for (int i = 0; i < outs; i++) {
            for (int j = 0; j < ins; j++) {
                for (int k = 0; k < rank; k++) {
                    sum[i * ins + j] += scaling * b[i * rank + k] * a[k * ins + j];
                }
            }
        }
        return sum;
    }

    private static double farthest(double[] one, double[] other) {
        assertThat(one).hasSameSizeAs(other);
        double farthest = 0;
        for (int i = 0; i < one.length; i++) {
            double distance = Math.abs(one[i] - other[i]);
            farthest = distance <= farthest ? farthest : distance; // NaN is farthest
        }
        return farthest;
    }

    @Test
    void pairsAreAsInTheFileWhereOneAlphaServesAll() throws IOException {
        Map<String, String> texts = new HashMap<>();
        Map<String, float[]> tensors = exported(config("down_proj", "q_proj").build(), texts);
        assertThat(texts)
                .containsEntry("general.architecture", "llama")
                .containsEntry("general.type", "adapter")
                .containsEntry("adapter.type", "lora")
                .containsEntry("adapter.lora.alpha", "5.0");
        assertThat(tensors).hasSize(2 * 2 * 2);
        String down = "model.layers.1.mlp.down_proj.";
        assertThat(tensors.get("blk.1.ffn_down.weight.lora_a"))
                .containsExactly(tensor(down + "lora_A.weight"));
        assertThat(tensors.get("blk.1.ffn_down.weight.lora_b"))
                .containsExactly(tensor(down + "lora_B.weight"));
        float[] rows = tensor("model.layers.0.self_attn.q_proj.lora_B.weight");
        float[] paired = tensors.get("blk.0.attn_q.weight.lora_b");
        int width = 12; // of a head, in 4 heads of a model 48 wide
        for (int row = 0; row < HIDDEN; row++) {
            int place = row % width;
            int to = row - place + (place < 6 ? 2 * place : 2 * (place - 6) + 1);
            for (int k = 0; k < 3; k++) {
                assertThat(paired[to * 3 + k]).isEqualTo(rows[row * 3 + k]);
            }
        }
    }

    @Test
    void ranksAndAlphasOfLayersGiveTheSameChanges() throws IOException {
        LoraConfig config =
                config("down_proj", "v_proj")
                        .optRslora(true)
                        .optRankPattern(Map.of("layers.1.mlp.down_proj", 7))
                        .optAlphaPattern(Map.of("v_proj", 2.5))
                        .build();
        Map<String, String> texts = new HashMap<>();
        Map<String, float[]> tensors = exported(config, texts);
        double alpha = Double.parseDouble(texts.getOrDefault("adapter.lora.alpha", "?"));
        for (String module :
                new String[] {
                    "0.mlp.down_proj", "1.mlp.down_proj", "0.self_attn.v_proj", "1.self_attn.v_proj"
                }) {
            String path = "model.layers." + module + ".";
            int rank = module.equals("1.mlp.down_proj") ? 7 : 3;
            double own = module.contains("v_proj") ? 2.5 : 5;
            double[] expected =
                    product(
                            tensor(path + "lora_B.weight"),
                            tensor(path + "lora_A.weight"),
                            rank,
                            own / Math.sqrt(rank));
            String name =
                    module.replaceFirst("\\..*", "")
                            + (module.contains("v_proj") ? ".attn_v" : ".ffn_down");
            double[] found = change(tensors, "blk." + name, alpha, rank);
            assertThat(farthest(found, expected)).as(module).isLessThan(1e-6);
            assertThat(farthest(found, new double[found.length])).isGreaterThan(0.1);
        }
    }

    /** 0 in the file would be s = 1. */
    @Test
    void anAlphaOfZeroChangesNothing() throws IOException {
        Map<String, String> texts = new HashMap<>();
        Map<String, float[]> tensors = exported(config("v_proj").setAlpha(0).build(), texts);
        assertThat(texts).containsEntry("adapter.lora.alpha", "1.0");
        for (float value : tensors.get("blk.0.attn_v.weight.lora_b")) {
            assertThat(value).isZero();
        }
        assertThat(tensors.get("blk.0.attn_v.weight.lora_a")).doesNotContain(0);
    }

    /** llama.cpp looks rows of A up, and has B as it is. */
    @Test
    void theTablesAOfAnUntiedModelIsTurned() throws IOException {
        LoraConfig config = config("embed_tokens", "lm_head").build();
        Map<String, float[]> tensors = exported(config, new HashMap<>());
        float[] turned = tensors.get("token_embd.weight.lora_a");
        float[] a = tensor("model.embed_tokens.lora_embedding_A");
        for (int token = 0; token < TinyLlama.VOCABULARY; token++) {
            for (int k = 0; k < 3; k++) {
                assertThat(turned[token * 3 + k]).isEqualTo(a[k * TinyLlama.VOCABULARY + token]);
            }
        }
        assertThat(tensors.get("token_embd.weight.lora_b"))
                .containsExactly(tensor("model.embed_tokens.lora_embedding_B"));
        assertThat(tensors.get("output.weight.lora_b"))
                .containsExactly(tensor("lm_head.lora_B.weight"));
        Path json = model.resolve("config.json");
        Files.writeString(json, Files.readString(json).replace("false", "true"));
        assertThatThrownBy(() -> GgufAdapterExport.write(model, adapter, file, GgufType.F32))
                .isInstanceOf(IOException.class)
                .hasMessageContaining("model.embed_tokens (the word table is the vocabulary");
    }

    @ParameterizedTest
    @CsvSource({
        "use_dora, '\"use_dora\": true', DoRA",
        "bias, '\"bias\": \"lora_only\"', trained biases",
        "init_lora_weights, '\"init_lora_weights\": \"olora\"', saveAdapterAsLora",
        "modules_to_save, '\"modules_to_save\": [\"norm\"]', 'model.norm.weight, which is trained'"
    })
    void whatIsNoPairIsRefusedByName(String key, String value, String reason) throws IOException {
        LoraConfigBuilder builder = config("q_proj");
        RandomAdapter.write(
                model,
                adapter,
                (key.equals("modules_to_save") ? builder.optModulesToSave("norm") : builder)
                        .build());
        Path json = adapter.resolve("adapter_config.json");
        String text = Files.readString(json);
        String line = "\"" + key + "\": (?:\\[[^]]*]|[^,\\n]*)";
        assertThat(text).containsPattern(line);
        Files.writeString(json, text.replaceFirst(line, value));
        assertThatThrownBy(() -> GgufAdapterExport.write(model, adapter, file, GgufType.F32))
                .isInstanceOf(IOException.class)
                .hasMessageContaining(reason)
                .hasMessageContaining("write the merged model");
        assertThat(file).doesNotExist();
    }

    @Test
    void anAdapterOfAnotherBaseIsRefused() throws IOException {
        RandomAdapter.write(model, adapter, config("q_proj", "down_proj").build());
        Path json = model.resolve("config.json");
        String text = Files.readString(json);
        Files.writeString(
                json, text.replace("\"intermediate_size\":80", "\"intermediate_size\":96"));
        assertThatThrownBy(() -> GgufAdapterExport.write(model, adapter, file, GgufType.F16))
                .isInstanceOf(AdapterMismatchException.class)
                .hasMessageContaining("model.layers.1.mlp.down_proj.lora_A.weight")
                .hasMessageContaining("(3, 96)");
        Files.writeString(json, text.replace("\"num_hidden_layers\":2", "\"num_hidden_layers\":3"));
        assertThatThrownBy(() -> GgufAdapterExport.write(model, adapter, file, GgufType.F16))
                .isInstanceOf(AdapterMismatchException.class)
                .hasMessageContaining("model.layers.2.self_attn.q_proj.lora_A.weight");
        Files.writeString(json, text.replace("\"num_hidden_layers\":2", "\"num_hidden_layers\":1"));
        assertThatThrownBy(() -> GgufAdapterExport.write(model, adapter, file, GgufType.F16))
                .isInstanceOf(AdapterMismatchException.class)
                .hasMessageContaining("the base model has no such module");
        assertThat(file).doesNotExist();
    }
}
