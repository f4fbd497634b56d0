/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.torchfile;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Objects;
import java.util.zip.ZipEntry;
import java.util.zip.ZipFile;
import java.util.zip.ZipOutputStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.lora4j.safetensors.ByteSink;
import org.lora4j.safetensors.SafeTensorsFile;
import org.lora4j.safetensors.TensorData;
import org.lora4j.torch.TensorDtype;

/** Files that torch itself wrote, held against the same tensors in safetensors. */
final class TorchFileTest {
    @TempDir private Path folder;

    @Test
    void everyDtypeAndStrideGivesTorchsOwnBytes() throws IOException {
        try (TorchFile file = TorchFile.open(TorchGoldens.path("dtypes.pt"));
                SafeTensorsFile expected =
                        SafeTensorsFile.open(TorchGoldens.path("dtypes.safetensors"))) {
            Map<String, LazyTensor> tensors = stateDict(file, "");
            assertThat(tensors.keySet()).containsExactlyInAnyOrderElementsOf(expected.names());
            for (String name : expected.names()) {
                LazyTensor tensor = tensor(tensors, name);
                assertThat(tensor.dtype()).as(name).isEqualTo(expected.info(name).dtype());
                assertThat(tensor.shape()).as(name).isEqualTo(expected.info(name).shape());
                assertThat(bytes(tensor.data()))
                        .as(name)
                        .isEqualTo(bytes(TensorData.of(expected, name)));
            }
        }
    }

    @Test
    void deflatedEntriesAreReadToo() throws IOException {
        Path deflated = folder.resolve("deflated.pt");
        try (ZipFile zip = new ZipFile(TorchGoldens.path("linear.pt").toFile());
                OutputStream out = Files.newOutputStream(deflated);
                ZipOutputStream target = new ZipOutputStream(out)) {
            for (ZipEntry entry : zip.stream().toList()) {
                target.putNextEntry(new ZipEntry(entry.getName()));
                zip.getInputStream(entry).transferTo(target);
                target.closeEntry();
            }
        }
        assertSameTensors(deflated, TorchGoldens.path("linear.pt"));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "linear-legacy",
                "protocol4",
                "parameters",
                "views",
                "views-legacy",
                "shared",
                "shared-legacy"
            })
    void everyFormOfAFileHoldsTheSameTensors(String name) throws IOException {
        assertSameTensors(TorchGoldens.path(name + ".pt"), TorchGoldens.path("linear.pt"));
    }

    @ParameterizedTest
    @ValueSource(strings = {"linear", "linear-legacy"})
    void anInterruptedThreadReadsAndLeavesTheFileOpenForOthers(String name) throws IOException {
        try (TorchFile file = TorchFile.open(TorchGoldens.path(name + ".pt"))) {
            for (Map.Entry<String, LazyTensor> entry : stateDict(file, "").entrySet()) {
                float[] expected = entry.getValue().toFloats();
                Thread.currentThread().interrupt();
                try (TorchFile again = TorchFile.open(file.path())) {
                    assertThat(tensor(stateDict(again, ""), entry.getKey()).toFloats())
                            .isEqualTo(expected);
                    assertThat(entry.getValue().toFloats()).isEqualTo(expected);
                } finally {
                    assertThat(Thread.interrupted()).isTrue();
                }
                assertThat(entry.getValue().toFloats()).isEqualTo(expected);
            }
        }
    }

    @Test
    void anInterruptedThreadWrites() throws IOException {
        Path copy = folder.resolve("interrupted.pt");
        try (TorchFile file = TorchFile.open(TorchGoldens.path("linear.pt"))) {
            TorchFileWriter writer = new TorchFileWriter();
            stateDict(file, "").forEach(writer::add);
            Thread.currentThread().interrupt();
            try {
                writer.write(copy);
            } finally {
                assertThat(Thread.interrupted()).isTrue();
            }
        }
        assertSameTensors(copy, TorchGoldens.path("linear.pt"));
    }

    @Test
    void aStateDictInsideOtherThingsIsFoundByItsPlace() throws IOException {
        try (TorchFile file = TorchFile.open(TorchGoldens.path("nested.pt"))) {
            assertThat(file.stateDicts()).containsOnlyKeys("state_dict");
        }
    }

    @Test
    void aFileWrittenHereIsReadBackByteForByteAndIsTheSameEachTime() throws IOException {
        Path first = folder.resolve("first.pt");
        Path second = folder.resolve("second.pt");
        try (TorchFile file = TorchFile.open(TorchGoldens.path("dtypes.pt"))) {
            for (Path path : new Path[] {first, second}) {
                TorchFileWriter writer = new TorchFileWriter();
                stateDict(file, "")
                        .forEach(
                                (name, tensor) -> {
                                    if (tensor.dtype() != TensorDtype.U16) {
                                        writer.add(name, tensor);
                                    }
                                });
                writer.write(path);
            }
            Map<String, LazyTensor> expected = new LinkedHashMap<>(stateDict(file, ""));
            expected.remove("uint16");
            try (TorchFile again = TorchFile.open(first)) {
                assertSame(stateDict(again, ""), expected);
            }
        }
        assertThat(first).hasSameBinaryContentAs(second);
        assertThat(folder).isDirectoryNotContaining("glob:**.tmp");
    }

    @Test
    void aTypeThatTorchCannotStoreIsRefusedWhenItIsAdded() {
        LazyTensor tensor =
                new LazyTensor(TensorDtype.F4, new Shape(2), TensorData.of(ByteBuffer.allocate(1)));
        assertThatThrownBy(() -> new TorchFileWriter().add("x", tensor))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("F4");
    }

    @Test
    void tensorsBecomeFloat32Arrays() throws IOException {
        try (TorchFile file = TorchFile.open(TorchGoldens.path("dtypes.pt"));
                SafeTensorsFile expected =
                        SafeTensorsFile.open(TorchGoldens.path("dtypes.safetensors"));
                NDManager manager = NDManager.newBaseManager()) {
            Map<String, LazyTensor> tensors = stateDict(file, "");
            for (String name : expected.names()) {
                if (!expected.info(name).dtype().isFloating() || name.equals("empty")) {
                    continue;
                }
                LazyTensor tensor = tensor(tensors, name);
                NDArray array = tensor.readFloat32(manager);
                assertThat(array).as(name).isEqualTo(expected.readFloat32(manager, name));
                assertThat(tensor.toFloats()).as(name).containsExactly(array.toFloatArray());
                assertThat(tensor.sameValues(LazyTensor.of(expected, name))).as(name).isTrue();
            }
            assertThat(tensor(tensors, "float32").sameValues(tensor(tensors, "float16"))).isFalse();
            assertThatThrownBy(() -> tensor(tensors, "bool").readFloat32(manager))
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessageContaining("BOOL");
        }
    }

    @Test
    void halvesWidenExactly() throws IOException {
        // 1, -2, smallest subnormal, largest subnormal, infinity, largest, negative zero
        short[] halves = {0x3c00, (short) 0xc000, 1, 0x3ff, 0x7c00, 0x7bff, (short) 0x8000};
        ByteBuffer bytes = ByteBuffer.allocate(14).order(ByteOrder.LITTLE_ENDIAN);
        for (short half : halves) {
            bytes.putShort(half);
        }
        LazyTensor tensor =
                new LazyTensor(TensorDtype.F16, new Shape(7), TensorData.of(bytes.flip()));
        assertThat(tensor.toFloats())
                .containsExactly(
                        1f, -2f, 0x1p-24f, 0x1.ff8p-15f, Float.POSITIVE_INFINITY, 65504f, -0f);
    }

    private static void assertSameTensors(Path one, Path other) throws IOException {
        try (TorchFile first = TorchFile.open(one);
                TorchFile second = TorchFile.open(other)) {
            assertSame(stateDict(first, ""), stateDict(second, ""));
        }
    }

    private static void assertSame(Map<String, LazyTensor> one, Map<String, LazyTensor> other)
            throws IOException {
        assertThat(one).containsOnlyKeys(other.keySet()).isNotEmpty();
        for (String name : other.keySet()) {
            assertThat(tensor(one, name).shape()).as(name).isEqualTo(tensor(other, name).shape());
            assertThat(bytes(tensor(one, name).data()))
                    .as(name)
                    .isEqualTo(bytes(tensor(other, name).data()));
        }
    }

    private static Map<String, LazyTensor> stateDict(TorchFile file, String place) {
        return Objects.requireNonNull(file.stateDicts().get(place), place);
    }

    private static LazyTensor tensor(Map<String, LazyTensor> tensors, String name) {
        return Objects.requireNonNull(tensors.get(name), name);
    }

    private static byte[] bytes(TensorData data) throws IOException {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        data.writeTo(ByteSink.to(out));
        return out.toByteArray();
    }
}
