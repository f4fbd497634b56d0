/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.torchscript;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.lora4j.safetensors.TensorData;
import org.lora4j.torchfile.LazyTensor;
import org.lora4j.torchscript.archive.ScriptRecords;

/** Plain archives with W + s·B·A, beside what PyTorch computes with A and B. */
final class ScriptMergeTest {
    @TempDir Path directory;
    private final NDManager manager = NDManager.newBaseManager();

    @AfterEach
    void close() {
        manager.close();
    }

    /** All but the quantized one: a fused layer cannot train, and can be merged. */
    static List<ScriptGolden> merged() {
        return ScriptGolden.all().stream()
                .filter(golden -> !golden.name().equals("dynamic-int8"))
                .toList();
    }

    private LazyTensor matrix(ScriptGolden golden, String name) throws IOException {
        NDArray array = golden.tensor(manager, name);
        return new LazyTensor(TensorData.dtypeOf(array), array.getShape(), TensorData.of(array));
    }

    private ScriptMerge merge(ScriptArchive archive, ScriptGolden golden) throws IOException {
        ScriptMerge merge = new ScriptMerge(archive);
        for (ScriptGolden.Target target : golden.targets()) {
            merge.add(
                    target.target(),
                    matrix(golden, target.tensors() + ".lora_A"),
                    matrix(golden, target.tensors() + ".lora_B"));
        }
        return merge;
    }

    private Path write(ScriptGolden golden) throws IOException {
        Path file = directory.resolve(golden.name() + ".pt");
        try (ScriptArchive archive = ScriptArchive.open(golden.archive())) {
            merge(archive, golden).write(file);
        }
        return file;
    }

    @ParameterizedTest
    @MethodSource("merged")
    void theMergedOutputIsTheAdaptedOne(ScriptGolden golden) throws IOException {
        if (golden.name().equals("dropout-training")) {
            return; // the plain trace drops whenever it runs
        }
        try (LoadedScript script = LoadedScript.load(write(golden))) {
            assertThat(script.parameters()).noneMatch(name -> name.contains("lora_"));
            NDArray y = script.forward(golden.inputs(script.manager()));
            Doubles.assertClose(y, golden.tensor(script.manager(), "adapted"), 1e-12);
        }
    }

    @Test
    void theCodeStaysAsItWasAndOnlyTheMergedRecordsChange() throws IOException {
        ScriptGolden golden = ScriptGolden.of("linear");
        try (ScriptRecords original = ScriptRecords.open(golden.archive());
                ScriptRecords merged = ScriptRecords.open(write(golden))) {
            for (String name : merged.names()) {
                boolean weight = name.equals("data/0") || name.equals("data/2");
                assertThat(merged.checksum(name) == original.checksum(name))
                        .as(name)
                        .isEqualTo(!weight);
            }
        }
    }

    @Test
    void aRewrittenArchiveIsMergedIntoItsOriginal() throws IOException {
        ScriptGolden golden = ScriptGolden.of("convolutions");
        Path rewritten = directory.resolve("rewritten.pt");
        Path trained = directory.resolve("trained.pt");
        Path merged = directory.resolve("merged.pt");
        try (ScriptArchive archive = ScriptArchive.open(golden.archive())) {
            ScriptRewriter rewriter = new ScriptRewriter(archive);
            golden.targets().forEach(target -> rewriter.add(target.target()));
            rewriter.write(rewritten, AdapterValues.ZEROS);
            try (ScriptArchive adapted = ScriptArchive.open(rewritten)) {
                AdapterValues values =
                        (adapter, isA, out) ->
                                matrix(
                                                golden,
                                                adapter.target().path()
                                                        + (isA ? ".lora_A" : ".lora_B"))
                                        .data()
                                        .writeTo(out);
                ScriptAdapterWriter.write(adapted, values, trained);
            }
            try (ScriptArchive adapted = ScriptArchive.open(trained)) {
                new ScriptMerge(archive).addAll(adapted).write(merged);
            }
        }
        for (Path file : List.of(trained, merged)) {
            try (LoadedScript script = LoadedScript.load(file)) {
                NDArray y = script.forward(golden.inputs(script.manager()));
                Doubles.assertClose(y, golden.tensor(script.manager(), "adapted"), 1e-12);
            }
        }
        assertThat(Files.exists(merged)).isTrue();
    }

    @Test
    void matricesOfOtherShapesAreRefusedAllAtOnceAndNothingIsWritten() throws IOException {
        ScriptGolden golden = ScriptGolden.of("linear");
        Path file = directory.resolve("merged.pt");
        try (ScriptArchive archive = ScriptArchive.open(golden.archive())) {
            ScriptMerge merge =
                    new ScriptMerge(archive)
                            .add(
                                    ScriptTarget.of("a", "weight", 2, 1),
                                    matrix(golden, "a.weight.lora_B"),
                                    matrix(golden, "a.weight.lora_A"))
                            .add(
                                    ScriptTarget.of("c", "weight", 2, 1),
                                    matrix(golden, "a.weight.lora_A"),
                                    matrix(golden, "a.weight.lora_B"));
            assertThatThrownBy(() -> merge.write(file))
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessageContaining("a.weight: expected A of (2, 5) and B of (7, 2)")
                    .hasMessageContaining("c.weight: there is no such tensor");
            assertThat(file).doesNotExist();
        }
    }
}
