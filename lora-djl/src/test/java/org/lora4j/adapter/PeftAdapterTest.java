/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.adapter;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.lora4j.core.LoraConfig;
import org.lora4j.safetensors.SafeTensorsFile;
import org.lora4j.safetensors.SafeTensorsWriter;
import org.lora4j.safetensors.TensorData;
import org.lora4j.torch.TensorDtype;

final class PeftAdapterTest {
    private static final String A = "layer.0.query.lora_A.weight";
    private static final String B = "layer.0.query.lora_B.weight";

    @TempDir private Path dir = Path.of("");
    private final NDManager manager = NDManager.newBaseManager();

    @AfterEach
    void closeManager() {
        manager.close();
    }

    @ParameterizedTest
    @ValueSource(strings = {"plain", "rslora", "patterns", "regex", "layers", "head", "dora"})
    void whatPeftSavedIsReadAndSavedAgainByteForByte(String name) throws IOException {
        Path golden = AdapterGoldens.path(name);
        PeftAdapter adapter = PeftAdapter.read(golden, manager);
        try (SafeTensorsFile file =
                SafeTensorsFile.open(golden.resolve("adapter_model.safetensors"))) {
            assertThat(adapter.tensors()).hasSameSizeAs(file.names());
            for (Map.Entry<String, NDArray> entry : adapter.tensors().entrySet()) {
                String stored = "base_model.model." + entry.getKey();
                NDArray array = entry.getValue();
                assertThat(array.getShape()).isEqualTo(file.info(stored).shape());
                assertThat(array.toByteBuffer(false))
                        .isEqualTo(file.readBytes(manager, stored).toByteBuffer(false));
            }
        }
        adapter.write(dir);
        assertThat(names()).containsExactly("adapter_config.json", "adapter_model.safetensors");
        for (String file : names()) {
            assertThat(dir.resolve(file)).hasSameBinaryContentAs(golden.resolve(file));
        }
    }

    @Test
    void notesAreKeptInTheirOwnFileAndDoNotOutliveTheirAdapter() throws IOException {
        AdapterNotes notes =
                new AdapterNotes(
                        List.of("nein", "già", "nein"),
                        List.of(7),
                        "1.2",
                        "ab",
                        -5L,
                        Map.of(),
                        null);
        PeftAdapter adapter = new PeftAdapter(config(2), tensors(2), notes);
        adapter.write(dir);
        assertThat(names())
                .containsExactly("adapter_config.json", "adapter_model.safetensors", "lora4j.json");
        assertThat(PeftAdapter.read(dir, manager).notes()).isEqualTo(notes);
        byte[] first = Files.readAllBytes(dir.resolve("lora4j.json"));
        PeftAdapter.read(dir, manager).write(dir);
        assertThat(dir.resolve("lora4j.json")).hasBinaryContent(first);
        new PeftAdapter(config(2), tensors(2), null).write(dir);
        assertThat(PeftAdapter.read(dir, manager).notes()).isNull();
    }

    @Test
    void namesAreTakenWithAndWithoutThePrefix() throws IOException {
        PeftAdapter with = new PeftAdapter(config(2), prefixed(tensors(2)), null);
        with.write(dir.resolve("a"));
        new PeftAdapter(config(2), tensors(2), null).write(dir.resolve("b"));
        assertThat(dir.resolve("a/adapter_model.safetensors"))
                .hasSameBinaryContentAs(dir.resolve("b/adapter_model.safetensors"));
        SafeTensorsWriter bare = new SafeTensorsWriter();
        tensors(2).forEach(bare::add);
        bare.write(dir.resolve("b/adapter_model.safetensors"));
        assertThat(PeftAdapter.read(dir.resolve("b"), manager).tensors()).containsOnlyKeys(A, B);

        Map<String, NDArray> both = tensors(2);
        both.putAll(prefixed(tensors(2)));
        assertThatThrownBy(() -> new PeftAdapter(config(2), both, null))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("with and without its prefix");
    }

    @Test
    void halfPrecisionTensorsAreReadAsFloat32() throws IOException {
        new PeftAdapter(config(2), tensors(2), null).write(dir);
        ByteBuffer bfloat16 = ByteBuffer.allocate(12);
        for (int i = 0; i < 6; i++) {
            bfloat16.put((byte) (0x80 + i)).put((byte) 0x3f);
        }
        new SafeTensorsWriter()
                .add(A, TensorDtype.BF16, new Shape(2, 3), TensorData.of(bfloat16.flip()))
                .add(B, manager.ones(new Shape(4, 2)).toType(DataType.FLOAT16, false))
                .add("head.batches", manager.create(new long[] {7}))
                .write(dir.resolve("adapter_model.safetensors"));
        Map<String, NDArray> tensors = PeftAdapter.read(dir, manager).tensors();
        assertThat(tensors.get(A)).isNotNull();
        assertThat(NDArrays.floats(tensors, A))
                .containsExactly(1, 1.0078125f, 1.015625f, 1.0234375f, 1.03125f, 1.0390625f);
        assertThat(NDArrays.floats(tensors, B)).containsOnly(1).hasSize(8);
        assertThat(NDArrays.array(tensors, "head.batches").toLongArray()).containsExactly(7);
    }

    @Test
    void everyMismatchWithTheConfigurationIsInOneException() throws IOException {
        new PeftAdapter(config(2), tensors(2), null).write(dir);
        Files.writeString(dir.resolve("adapter_config.json"), config(3).toJson());
        SafeTensorsWriter weights = new SafeTensorsWriter();
        tensors(2).forEach(weights::add);
        weights.add("layer.1.query.lora_A.weight", manager.ones(new Shape(3, 3)));
        weights.add("embed.lora_embedding_B", manager.ones(new Shape(3)));
        weights.write(dir.resolve("adapter_model.safetensors"));
        assertThatThrownBy(() -> PeftAdapter.read(dir, manager))
                .isInstanceOfSatisfying(
                        AdapterMismatchException.class,
                        e ->
                                assertThat(e.mismatches())
                                        .extracting(AdapterMismatchException.Mismatch::name)
                                        .containsExactlyInAnyOrder(
                                                A,
                                                B,
                                                "layer.1.query.lora_B.weight",
                                                "embed.lora_embedding_A",
                                                "embed.lora_embedding_B"))
                .hasMessageContaining("5 tensors do not fit")
                .hasMessageContaining(A + ": expected rank 3")
                .hasMessageContaining("found (2, 3)");
    }

    @Test
    void tensorsThatDoNotAgreeAreNotWritten() throws IOException {
        Path target = dir.resolve("new");
        assertThatThrownBy(() -> new PeftAdapter(config(3), tensors(2), null).write(target))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining(A);
        assertThatThrownBy(() -> new PeftAdapter(config(3), Map.of(), null).write(target))
                .isInstanceOf(IllegalArgumentException.class);
        assertThat(target).doesNotExist();
    }

    @Test
    void aFailureLeavesTheOldAdapterWhole() throws IOException {
        new PeftAdapter(config(2), tensors(2), AdapterNotes.of(List.of("a"), 1L)).write(dir);
        Map<String, byte[]> before = contents();
        // The last file of the three cannot be put in place.
        Files.delete(dir.resolve("adapter_config.json"));
        Files.createDirectory(dir.resolve("adapter_config.json"));
        PeftAdapter other = new PeftAdapter(config(3), tensors(3), AdapterNotes.of(List.of(), 2L));
        assertThatThrownBy(() -> other.write(dir)).isInstanceOf(IOException.class);
        Files.delete(dir.resolve("adapter_config.json"));
        before.remove("adapter_config.json");
        assertThat(contents().keySet()).isEqualTo(before.keySet());
        contents().forEach((name, bytes) -> assertThat(bytes).isEqualTo(before.get(name)));
        assertThatThrownBy(() -> other.write(dir.resolve("lora4j.json/below")))
                .isInstanceOf(IOException.class);
    }

    @Test
    void missingFilesAreNamedWithWhatToDo() throws IOException {
        assertThatThrownBy(() -> PeftAdapter.read(dir, manager))
                .isInstanceOf(NoSuchFileException.class)
                .hasMessageContaining("adapter_config.json");
        new PeftAdapter(config(2), tensors(2), null).write(dir.resolve("sentiment"));
        assertThatThrownBy(() -> PeftAdapter.read(dir, manager))
                .isInstanceOf(NoSuchFileException.class)
                .hasMessageContaining("[sentiment]");
        Path adapter = dir.resolve("sentiment");
        Files.delete(adapter.resolve("adapter_model.safetensors"));
        assertThatThrownBy(() -> PeftAdapter.read(adapter, manager))
                .isInstanceOf(NoSuchFileException.class)
                .hasMessageContaining("adapter_model.safetensors");
        Files.writeString(adapter.resolve("adapter_model.bin"), "x");
        assertThatThrownBy(() -> PeftAdapter.read(adapter, manager))
                .isInstanceOf(org.lora4j.torchfile.InvalidTorchFileException.class)
                .hasMessageContaining("adapter_model.bin");
    }

    @Test
    void longMismatchListsAreCutInTheMessageOnly() {
        AdapterMismatchException.Builder builder = AdapterMismatchException.builder();
        for (int i = 0; i < 30; i++) {
            builder.addShape("t" + i, new Shape(2, 3), new Shape(3, 2));
        }
        builder.addMissing("m", new Shape(4)).addUnexpected("u", new Shape(5), "no such module");
        assertThatThrownBy(() -> builder.throwIfAny(dir))
                .isInstanceOfSatisfying(
                        AdapterMismatchException.class, e -> assertThat(e.mismatches()).hasSize(32))
                .hasMessageContaining("t0: expected (2, 3), found (3, 2)")
                .hasMessageContaining("and 22 more");
    }

    @Test
    void aGroupedConvolutionHasAShareOfTheRankInB(@TempDir Path folder) throws IOException {
        Map<String, NDArray> tensors = tensors(4);
        tensors.put(A, manager.ones(new Shape(4, 6, 2)));
        tensors.put(B, manager.ones(new Shape(6, 2, 1)));
        new PeftAdapter(config(4), tensors, null).write(folder);
        assertThat(PeftAdapter.read(folder, manager).tensors().get(B).getShape())
                .isEqualTo(new Shape(6, 2, 1));
        for (long share : new long[] {3, 8}) {
            tensors.put(B, manager.ones(new Shape(6, share, 1)));
            assertThatThrownBy(() -> new PeftAdapter(config(4), tensors, null).write(folder))
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessageContaining(B);
        }
    }

    private static PeftConfigFile config(int rank) {
        return PeftConfigFile.of(
                LoraConfig.builder().setRank(rank).setAlpha(7).optTargetModules("query").build());
    }

    private Map<String, NDArray> tensors(int rank) {
        Map<String, NDArray> tensors = new LinkedHashMap<>();
        tensors.put(B, manager.arange(4f * rank).reshape(4, rank));
        tensors.put(A, manager.arange(3f * rank).reshape(rank, 3));
        return tensors;
    }

    private static Map<String, NDArray> prefixed(Map<String, NDArray> tensors) {
        Map<String, NDArray> prefixed = new LinkedHashMap<>();
        tensors.forEach((name, array) -> prefixed.put("base_model.model." + name, array));
        return prefixed;
    }

    private Map<String, byte[]> contents() throws IOException {
        Map<String, byte[]> contents = new LinkedHashMap<>();
        for (String name : names()) {
            contents.put(name, Files.readAllBytes(dir.resolve(name)));
        }
        return contents;
    }

    private List<String> names() throws IOException {
        try (Stream<Path> files = Files.list(dir)) {
            return files.map(file -> file.getFileName().toString()).sorted().toList();
        }
    }
}
