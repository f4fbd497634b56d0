/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.hf;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assumptions.assumeThat;

import com.google.gson.JsonObject;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledIfSystemProperty;
import org.junit.jupiter.api.io.TempDir;

/** Checkpoints larger than the heap. */
final class LargeCheckpointTest {
    private static final int HIDDEN = 1024;

    /** What JVM, engine and one chunk take beside the weights, about half of the small model. */
    private static final long BESIDE = 256L << 20;

    @TempDir Path folder;

    @Test
    void loadingTakesTheModelOnceAndNoHeap() throws Exception {
        assertLoads(shards(1, 120_000), "BF16", 2, "64m");
    }

    /** Over 4 GiB in two files of zeros that take no room on a disk. -Dlora4j.largeTests=true. */
    @Test
    @EnabledIfSystemProperty(named = "lora4j.largeTests", matches = "true")
    void fourGigabytesLoadWithASmallHeap() throws Exception {
        assertLoads(shards(12, 960_000), "BF16", 2, "512m");
    }

    private void assertLoads(long stored, String dtype, int bytes, String heap) throws Exception {
        assumeThat(Path.of("/proc/self/status")).as("the system tells memory").exists();
        Path out = folder.resolve("out");
        List<String> command =
                List.of(
                        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                        "-Xmx" + heap,
                        "-Dai.djl.offline=true",
                        "-cp",
                        System.getProperty(
                                "surefire.test.class.path", System.getProperty("java.class.path")),
                        LargeCheckpointRun.class.getName(),
                        folder.toString(),
                        dtype);
        ProcessBuilder builder = new ProcessBuilder(command);
        builder.environment().put("OMP_NUM_THREADS", "1");
        Process process = builder.redirectErrorStream(true).redirectOutput(out.toFile()).start();
        int exit = process.waitFor();
        String text = Files.readString(out, StandardCharsets.UTF_8);
        assertThat(exit).as(text).isZero();
        String line =
                text.lines().filter(l -> l.startsWith("parameters ")).findFirst().orElseThrow();
        String[] words = line.split(" ", 6);
        long model = bytes * Long.parseLong(words[1]);
        assertThat(model).isEqualTo(stored / 2 * bytes);
        assertThat(Long.parseLong(words[3])).as(line).isLessThan(model + BESIDE);
        assertThat(Long.parseLong(words[5])).as(line).isLessThan(model + BESIDE);
    }

    /** Writes a Llama of bfloat16 zeros in two shards; returns the bytes of its weights. */
    private long shards(int layers, int vocabulary) throws IOException {
        Map<String, long[]> first = new LinkedHashMap<>();
        Map<String, long[]> second = new LinkedHashMap<>();
        first.put("model.embed_tokens.weight", new long[] {vocabulary, HIDDEN});
        for (int i = 0; i < layers; i++) {
            String layer = "model.layers." + i + ".";
            for (String name : List.of("q", "k", "v", "o")) {
                second.put(
                        layer + "self_attn." + name + "_proj.weight", new long[] {HIDDEN, HIDDEN});
            }
            second.put(layer + "mlp.gate_proj.weight", new long[] {4 * HIDDEN, HIDDEN});
            second.put(layer + "mlp.up_proj.weight", new long[] {4 * HIDDEN, HIDDEN});
            second.put(layer + "mlp.down_proj.weight", new long[] {HIDDEN, 4 * HIDDEN});
            second.put(layer + "input_layernorm.weight", new long[] {HIDDEN});
            second.put(layer + "post_attention_layernorm.weight", new long[] {HIDDEN});
        }
        second.put("model.norm.weight", new long[] {HIDDEN});
        second.put("lm_head.weight", new long[] {vocabulary, HIDDEN});
        JsonObject map = new JsonObject();
        List<Map<String, long[]>> shards = List.of(first, second);
        long total = 0;
        for (int i = 0; i < shards.size(); i++) {
            String name = "model-0000" + (i + 1) + "-of-00002.safetensors";
            shards.get(i).keySet().forEach(tensor -> map.addProperty(tensor, name));
            total += write(folder.resolve(name), shards.get(i));
        }
        JsonObject index = new JsonObject();
        JsonObject metadata = new JsonObject();
        metadata.addProperty("total_size", total);
        index.add("metadata", metadata);
        index.add("weight_map", map);
        Files.writeString(folder.resolve("model.safetensors.index.json"), index.toString());
        Files.writeString(
                folder.resolve("config.json"),
                String.format(
                        "{\"model_type\":\"llama\",\"architectures\":[\"LlamaForCausalLM\"],"
                                + "\"vocab_size\":%d,\"hidden_size\":%d,\"num_hidden_layers\":%d,"
                                + "\"num_attention_heads\":8,\"num_key_value_heads\":8,"
                                + "\"intermediate_size\":%d,\"tie_word_embeddings\":false}",
                        vocabulary, HIDDEN, layers, 4 * HIDDEN));
        Files.copy(Golden.file("tokenizer.json"), folder.resolve("tokenizer.json"));
        return total;
    }

    private static long write(Path file, Map<String, long[]> tensors) throws IOException {
        List<String> entries = new ArrayList<>();
        long at = 0;
        for (Map.Entry<String, long[]> tensor : tensors.entrySet()) {
            long size = 2;
            StringBuilder shape = new StringBuilder();
            for (long dimension : tensor.getValue()) {
                size *= dimension;
                shape.append(shape.isEmpty() ? "" : ",").append(dimension);
            }
            entries.add(
                    String.format(
                            "\"%s\":{\"dtype\":\"BF16\",\"shape\":[%s],\"data_offsets\":[%d,%d]}",
                            tensor.getKey(), shape, at, at + size));
            at += size;
        }
        byte[] header = ("{" + String.join(",", entries) + "}").getBytes(StandardCharsets.UTF_8);
        ByteBuffer length = ByteBuffer.allocate(8).order(ByteOrder.LITTLE_ENDIAN);
        try (RandomAccessFile raw = new RandomAccessFile(file.toFile(), "rw")) {
            raw.write(length.putLong(0, header.length).array());
            raw.write(header);
            raw.setLength(8 + header.length + at); // sparse: zeros that are not written
        }
        return at;
    }
}
