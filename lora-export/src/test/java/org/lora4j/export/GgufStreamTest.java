/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.export;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assumptions.assumeThat;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.lora4j.core.LoraConfig;
import org.lora4j.export.gguf.GgufType;
import org.lora4j.hf.LoadOptions;
import org.lora4j.hf.LoraModel;
import org.lora4j.hf.merge.MergedTensors;
import org.lora4j.testkit.RandomAdapter;
import org.lora4j.testkit.TinyLlama;
import org.lora4j.torch.TensorDtype;

/** A GGUF file that is written while the model is read is the file of the model in memory. */
final class GgufStreamTest {
    /** What the JVM, the engine, one module in its steps and the adapter take. */
    private static final long BESIDE = 200L << 20;

    @TempDir Path folder;

    @ParameterizedTest
    @EnumSource(GgufType.class)
    void fileIsThatOfTheModelInMemory(GgufType type) throws IOException {
        Path model = TinyLlama.write(folder.resolve("model"), 7);
        LoraConfig config =
                LoraConfig.builder()
                        .setRank(3)
                        .setAlpha(5)
                        .optTargetModules("all-linear")
                        .optDora(true)
                        .build();
        Path adapter = RandomAdapter.write(model, folder.resolve("adapter"), config);
        Path whole = folder.resolve("whole.gguf");
        Path streamed = folder.resolve("streamed.gguf");
        Path base = folder.resolve("base.gguf");
        try (LoraModel adapted = LoraModel.load(model, adapter, LoadOptions.defaults());
                LoraModel merged = adapted.mergeAndUnload()) {
            GgufExport.write(merged, whole, type);
        }
        try (MergedTensors tensors = MergedTensors.open(model, adapter, TensorDtype.F32)) {
            GgufExport.write(tensors, streamed, type);
        }
        try (MergedTensors tensors = MergedTensors.open(model, null, TensorDtype.F32)) {
            GgufExport.write(tensors, base, type);
        }
        assertThat(Files.mismatch(streamed, whole)).isEqualTo(-1);
        assertThat(Files.mismatch(streamed, base)).isNotNegative();
    }

    /** A model of 330 MB with a heap of 64. */
    @Test
    void memoryIsThatOfOneModule() throws Exception {
        assumeThat(Path.of("/proc/self/status")).as("the system tells memory").exists();
        Path model = LargeLlama.write(folder.resolve("model"), 21);
        LoraConfig config =
                LoraConfig.builder().setRank(8).setAlpha(5).optTargetModules("q_proj").build();
        Path adapter = RandomAdapter.write(model, folder.resolve("adapter"), config);
        Path out = folder.resolve("out");
        List<String> command =
                List.of(
                        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                        "-Xmx64m",
                        "-Dai.djl.offline=true",
                        "-cp",
                        System.getProperty(
                                "surefire.test.class.path", System.getProperty("java.class.path")),
                        StreamRun.class.getName(),
                        model.toString(),
                        adapter.toString(),
                        folder.toString());
        ProcessBuilder builder = new ProcessBuilder(command);
        builder.environment().put("OMP_NUM_THREADS", "1");
        Process process = builder.redirectErrorStream(true).redirectOutput(out.toFile()).start();
        int exit = process.waitFor();
        String text = Files.readString(out, StandardCharsets.UTF_8);
        assertThat(exit).as(text).isZero();
        String line = text.lines().filter(l -> l.startsWith("peak ")).findFirst().orElseThrow();
        long size = Files.size(model.resolve("model.safetensors"));
        assertThat(size).isGreaterThan(300L << 20);
        assertThat(Long.parseLong(line.split(" ")[1])).as(line).isLessThan(BESIDE);
        assertThat(folder.resolve("merged/model.safetensors")).hasSize(size);
        assertThat(Files.size(folder.resolve("model.gguf"))).isGreaterThan(size / 2);
    }
}
