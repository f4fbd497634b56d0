/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.safetensors;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.lora4j.torch.TensorDtype;

final class SafeTensorsWriterTest {
    @TempDir private Path dir = Path.of("");

    @Test
    void writesTheReferenceImplementationsBytesWhateverTheOrderOfAdding() throws IOException {
        Path golden = Goldens.file("mixed.safetensors");
        try (SafeTensorsFile file = SafeTensorsFile.open(golden)) {
            List<String> names = new ArrayList<>(file.names());
            Collections.shuffle(names, new java.util.Random(5));
            SafeTensorsWriter writer = new SafeTensorsWriter();
            for (String name : names) {
                TensorInfo info = file.info(name);
                writer.add(name, info.dtype(), info.shape(), TensorData.of(file, name));
            }
            writer.write(dir.resolve("copy.safetensors"));
        }
        assertThat(dir.resolve("copy.safetensors")).hasSameBinaryContentAs(golden);
    }

    @Test
    void writesArraysAsTheReferenceImplementationDoes() throws IOException {
        Path golden = Goldens.file("mixed_as_float32.safetensors");
        try (NDManager manager = NDManager.newBaseManager();
                SafeTensorsFile file = SafeTensorsFile.open(golden)) {
            SafeTensorsWriter writer = new SafeTensorsWriter();
            for (String name : file.names()) {
                writer.add(name, file.read(manager, name));
            }
            int before = manager.getManagedArrays().size();
            writer.write(dir.resolve("copy.safetensors"));
            assertThat(manager.getManagedArrays()).hasSize(before);
        }
        assertThat(dir.resolve("copy.safetensors")).hasSameBinaryContentAs(golden);
    }

    @Test
    void writesViewsThatAreNotContiguousAndArraysWithGradients() throws IOException {
        Path path = dir.resolve("views");
        try (NDManager manager = NDManager.newBaseManager()) {
            NDArray matrix = manager.arange(6f).reshape(2, 3);
            NDArray trained = manager.create(new float[] {1, 2});
            trained.setRequiresGradient(true);
            new SafeTensorsWriter()
                    .add("t", matrix.transpose())
                    .add("column", matrix.get(":, 1"))
                    .add("half", matrix.toType(DataType.FLOAT16, false))
                    .add("trained", trained)
                    .write(path);
            try (SafeTensorsFile file = SafeTensorsFile.open(path)) {
                NDArray transposed = file.read(manager, "t");
                assertThat(transposed.getShape()).isEqualTo(new Shape(3, 2));
                assertThat(transposed.toFloatArray()).containsExactly(0, 3, 1, 4, 2, 5);
                assertThat(file.read(manager, "column").toFloatArray()).containsExactly(1, 4);
                assertThat(file.readFloat32(manager, "half").toFloatArray())
                        .containsExactly(0, 1, 2, 3, 4, 5);
                assertThat(file.read(manager, "trained").toFloatArray()).containsExactly(1, 2);
            }
            assertThat(trained.hasGradient()).isTrue();
        }
    }

    @Test
    void arraysOfSeveralChunksAreWrittenWhole() throws IOException {
        Path path = dir.resolve("chunks");
        int elements = (1 << 24) + 3;
        try (NDManager manager = NDManager.newBaseManager()) {
            NDArray array = manager.zeros(new Shape(elements), DataType.UINT8);
            array.set(new ai.djl.ndarray.index.NDIndex("{}", (1 << 24) - 1), 7);
            array.set(new ai.djl.ndarray.index.NDIndex("{}", 1 << 24), 8);
            array.set(new ai.djl.ndarray.index.NDIndex("{}", elements - 1), 9);
            new SafeTensorsWriter().add("a", array).write(path);
            try (SafeTensorsFile file = SafeTensorsFile.open(path)) {
                assertThat(file.read(manager, "a")).isEqualTo(array);
            }
        }
    }

    @Test
    void namesTakenTwiceAndReservedNamesAreRefused() {
        SafeTensorsWriter writer = new SafeTensorsWriter();
        TensorData data = TensorData.of(ByteBuffer.allocate(4));
        writer.add("a", TensorDtype.F32, new Shape(1), data);
        assertThatThrownBy(() -> writer.add("a", TensorDtype.F32, new Shape(1), data))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("'a'");
        assertThatThrownBy(() -> writer.add("__metadata__", TensorDtype.F32, new Shape(1), data))
                .isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> writer.add("b", TensorDtype.F32, new Shape(-1), data))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("'b'");
    }

    @Test
    void dataOfAnotherSizeThanDeclaredIsRefusedAndLeavesTheOldFile() throws IOException {
        Path path = Files.writeString(dir.resolve("model.safetensors"), "old");
        for (int size : new int[] {3, 5}) {
            SafeTensorsWriter writer = new SafeTensorsWriter();
            TensorData data = TensorData.of(ByteBuffer.allocate(size));
            writer.add("a", TensorDtype.F32, new Shape(1), data);
            assertThatThrownBy(() -> writer.write(path))
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessageContaining("'a'")
                    .hasMessageContaining("4 bytes");
            assertOnlyTheOldFile(path);
        }
    }

    @Test
    void aDiskThatFillsUpInTheMiddleLeavesTheOldFile() throws IOException {
        Path path = Files.writeString(dir.resolve("model.safetensors"), "old");
        SafeTensorsWriter writer = new SafeTensorsWriter();
        writer.add(
                "a",
                TensorDtype.U8,
                new Shape(1 << 20),
                out -> {
                    out.write(ByteBuffer.allocate(1 << 19));
                    throw new IOException("No space left on device");
                });
        assertThatThrownBy(() -> writer.write(path))
                .isInstanceOf(IOException.class)
                .hasMessageContaining("No space left");
        assertOnlyTheOldFile(path);
    }

    @Test
    void aModelThatFitsIsOneFileAndReplacesShards() throws IOException {
        model(4, 10).writeModel(dir, 20);
        assertThat(names())
                .containsExactly(
                        "model-00001-of-00002.safetensors",
                        "model-00002-of-00002.safetensors",
                        "model.safetensors.index.json");
        List<Path> written = model(4, 10).writeModel(dir, 40);
        assertThat(written).containsExactly(dir.resolve("model.safetensors"));
        assertThat(names()).containsExactly("model.safetensors");
        try (SafeTensors model = SafeTensors.open(dir)) {
            assertThat(model.names()).hasSize(4);
        }
    }

    @Test
    void shardsAreDealtOutInTheOrderOfAddingAndReadBack() throws IOException {
        Files.writeString(dir.resolve("model.safetensors"), "stale");
        SafeTensorsWriter writer = model(5, 10);
        writer.add("large", TensorDtype.U8, new Shape(35), TensorData.of(ByteBuffer.allocate(35)));
        writer.writeModel(dir, 25);
        assertThat(names())
                .containsExactly(
                        "model-00001-of-00004.safetensors",
                        "model-00002-of-00004.safetensors",
                        "model-00003-of-00004.safetensors",
                        "model-00004-of-00004.safetensors",
                        "model.safetensors.index.json");
        assertThat(Files.readString(dir.resolve("model.safetensors.index.json")))
                .isEqualTo(
                        """
                        {
                          "metadata": {
                            "total_size": 85
                          },
                          "weight_map": {
                            "large": "model-00004-of-00004.safetensors",
                            "t0": "model-00001-of-00004.safetensors",
                            "t1": "model-00001-of-00004.safetensors",
                            "t2": "model-00002-of-00004.safetensors",
                            "t3": "model-00002-of-00004.safetensors",
                            "t4": "model-00003-of-00004.safetensors"
                          }
                        }
                        """);
        try (SafeTensors model = SafeTensors.open(dir);
                NDManager manager = NDManager.newBaseManager()) {
            assertThat(model.names())
                    .containsExactlyInAnyOrder("t0", "t1", "t2", "t3", "t4", "large");
            for (int i = 0; i < 5; i++) {
                assertThat(model.read(manager, "t" + i).toByteArray()).containsOnly(i);
            }
        }
    }

    private static SafeTensorsWriter model(int count, int size) {
        SafeTensorsWriter writer = new SafeTensorsWriter();
        for (int i = 0; i < count; i++) {
            ByteBuffer bytes = ByteBuffer.allocate(size);
            while (bytes.hasRemaining()) {
                bytes.put((byte) i);
            }
            writer.add("t" + i, TensorDtype.I8, new Shape(size), TensorData.of(bytes.flip()));
        }
        return writer;
    }

    private void assertOnlyTheOldFile(Path path) throws IOException {
        assertThat(path).hasContent("old");
        assertThat(names()).containsExactly(path.getFileName().toString());
    }

    private List<String> names() throws IOException {
        try (Stream<Path> files = Files.list(dir)) {
            return files.map(file -> file.getFileName().toString()).sorted().toList();
        }
    }
}
