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
import java.io.RandomAccessFile;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.lora4j.torch.TensorDtype;
import org.lora4j.torch.Torch;

final class SafeTensorsFileTest {
    @TempDir private Path dir = Path.of("");

    @Test
    void listsEveryTensorWithItsDtypeAndShape() throws IOException {
        try (SafeTensorsFile file = SafeTensorsFile.open(Goldens.file("mixed.safetensors"))) {
            assertThat(file.names())
                    .containsExactlyInAnyOrder(
                            "f64",
                            "f32",
                            "f32.special",
                            "f16",
                            "bf16",
                            "bf16.matrix",
                            "i64",
                            "i32",
                            "i16",
                            "i8",
                            "u8",
                            "bool",
                            "scalar",
                            "empty",
                            "f8",
                            "naïve/😀");
            assertThat(file.metadata()).containsExactly(java.util.Map.entry("format", "pt"));
            assertThat(file.info("bf16.matrix").dtype()).isEqualTo(TensorDtype.BF16);
            assertThat(file.info("bf16.matrix").shape()).isEqualTo(new Shape(7, 2, 3));
            assertThat(file.info("bf16.matrix").byteSize()).isEqualTo(84);
            assertThat(file.info("scalar").shape()).isEqualTo(new Shape());
            assertThat(file.info("empty").shape()).isEqualTo(new Shape(0, 4));
            assertThat(file.info("f8").dtype()).isEqualTo(TensorDtype.F8_E4M3);
        }
    }

    @ParameterizedTest
    @CsvSource({
        "f64,FLOAT64",
        "f32,FLOAT32",
        "f16,FLOAT16",
        "i64,INT64",
        "i32,INT32",
        "i8,INT8",
        "u8,UINT8",
        "bool,BOOLEAN",
        "scalar,FLOAT32",
        "f32.special,FLOAT32"
    })
    void readsTheBytesOfTheFileUnchanged(String name, DataType type) throws IOException {
        try (NDManager manager = NDManager.newBaseManager();
                SafeTensorsFile file = SafeTensorsFile.open(Goldens.file("mixed.safetensors"))) {
            NDArray array = file.read(manager, name);
            assertThat(array.getDataType()).isEqualTo(type);
            assertThat(array.getShape()).isEqualTo(file.info(name).shape());
            assertThat(array.toByteBuffer(false)).isEqualTo(RawFiles.bytes(file, name));
            assertThat(array.getManager()).isSameAs(manager);
        }
    }

    @ParameterizedTest
    @CsvSource({"f64", "f32", "f32.special", "f16", "bf16", "bf16.matrix", "scalar", "empty"})
    void convertsToFloat32AsTorchDoes(String name) throws IOException {
        try (NDManager manager = NDManager.newBaseManager();
                SafeTensorsFile file = SafeTensorsFile.open(Goldens.file("mixed.safetensors"));
                SafeTensorsFile oracle =
                        SafeTensorsFile.open(Goldens.file("mixed_as_float32.safetensors"))) {
            NDArray array = file.readFloat32(manager, name);
            assertThat(array.getDataType()).isEqualTo(DataType.FLOAT32);
            assertThat(array.getShape()).isEqualTo(oracle.info(name).shape());
            assertThat(array.toByteBuffer(false)).isEqualTo(RawFiles.bytes(oracle, name));
        }
    }

    @Test
    void readsIntegersAndBoolsAsWritten() throws IOException {
        try (NDManager manager = NDManager.newBaseManager();
                SafeTensorsFile file = SafeTensorsFile.open(Goldens.file("mixed.safetensors"))) {
            assertThat(file.read(manager, "i64").toLongArray())
                    .containsExactly(Long.MIN_VALUE, Long.MAX_VALUE, 7);
            assertThat(file.read(manager, "i32").toIntArray())
                    .containsExactly(Integer.MIN_VALUE, Integer.MAX_VALUE);
            assertThat(file.read(manager, "bool").toBooleanArray())
                    .containsExactly(true, false, false, true, true, true);
            assertThat(file.read(manager, "empty").getShape()).isEqualTo(new Shape(0, 4));
        }
    }

    @ParameterizedTest
    @CsvSource({"bf16", "i16", "f8"})
    void refusesByNameWhatDjlCannotHoldButGivesItsBytes(String name) throws IOException {
        try (NDManager manager = NDManager.newBaseManager();
                SafeTensorsFile file = SafeTensorsFile.open(Goldens.file("mixed.safetensors"))) {
            assertThatThrownBy(() -> file.read(manager, name))
                    .isInstanceOf(InvalidSafeTensorsException.class)
                    .hasMessageContaining("mixed.safetensors")
                    .hasMessageContaining("tensor '" + name + "'")
                    .hasMessageContaining(file.info(name).dtype().name());
            NDArray bytes = file.readBytes(manager, name);
            assertThat(bytes.getDataType()).isEqualTo(DataType.UINT8);
            assertThat(bytes.getShape()).isEqualTo(new Shape(file.info(name).byteSize()));
            assertThat(bytes.toByteBuffer(false)).isEqualTo(RawFiles.bytes(file, name));
        }
    }

    @Test
    void refusesIntegersAsFloat32() throws IOException {
        try (NDManager manager = NDManager.newBaseManager();
                SafeTensorsFile file = SafeTensorsFile.open(Goldens.file("mixed.safetensors"))) {
            assertThatThrownBy(() -> file.readFloat32(manager, "i64"))
                    .isInstanceOf(InvalidSafeTensorsException.class)
                    .hasMessageContaining("floating-point")
                    .hasMessageContaining("I64");
        }
    }

    @Test
    void arraysOutliveTheFile() throws IOException {
        try (NDManager manager = NDManager.newBaseManager()) {
            NDArray array;
            try (SafeTensorsFile file = SafeTensorsFile.open(Goldens.file("mixed.safetensors"))) {
                array = file.read(manager, "i64");
                file.close();
                assertThatThrownBy(() -> file.readInto("i64", 0, ByteBuffer.allocate(8)))
                        .isInstanceOf(IllegalStateException.class);
            }
            assertThat(array.toLongArray()[2]).isEqualTo(7);
        }
    }

    @Test
    void writingIntoAnArrayLeavesTheFileAlone() throws IOException {
        Path copy = Files.copy(Goldens.file("mixed.safetensors"), dir.resolve("copy"));
        try (NDManager manager = NDManager.newBaseManager();
                SafeTensorsFile file = SafeTensorsFile.open(copy)) {
            file.read(manager, "f32").addi(1);
            assertThat(copy).hasSameBinaryContentAs(Goldens.file("mixed.safetensors"));
        }
    }

    @Test
    void readingLeavesNothingBehindInTheManager() throws IOException {
        try (NDManager manager = NDManager.newBaseManager();
                SafeTensorsFile file = SafeTensorsFile.open(Goldens.file("mixed.safetensors"))) {
            int before = manager.getManagedArrays().size();
            for (String name : new String[] {"f32", "f16", "bf16", "f64"}) {
                file.readFloat32(manager, name).close();
            }
            assertThat(manager.getManagedArrays()).hasSize(before);
        }
    }

    @Test
    void bytesOutsideTheTensorAreRefused() throws IOException {
        try (SafeTensorsFile file = SafeTensorsFile.open(Goldens.file("mixed.safetensors"))) {
            assertThatThrownBy(() -> file.readInto("i64", 20, ByteBuffer.allocate(8)))
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessageContaining("i64")
                    .hasMessageContaining("24");
            assertThatThrownBy(() -> file.readInto("i64", -1, ByteBuffer.allocate(8)))
                    .isInstanceOf(IllegalArgumentException.class);
            assertThatThrownBy(() -> file.readInto("nothing", 0, ByteBuffer.allocate(0)))
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessageContaining("nothing");
        }
    }

    @Test
    void aFileThatShrinksWhileOpenIsAnExceptionAndNotACrash() throws IOException {
        Path path =
                RawFiles.write(
                        dir.resolve("shrinks"),
                        "{\"a\":{\"dtype\":\"F32\",\"shape\":[262144],\"data_offsets\":[0,1048576]}}",
                        1 << 20);
        try (NDManager manager = NDManager.newBaseManager();
                SafeTensorsFile file = SafeTensorsFile.open(path)) {
            try (RandomAccessFile raw = new RandomAccessFile(path.toFile(), "rw")) {
                raw.setLength(100);
            }
            assertThatThrownBy(() -> file.read(manager, "a"))
                    .isInstanceOf(InvalidSafeTensorsException.class)
                    .hasMessageContaining("a shorter one");
        }
    }

    @Test
    void tensorsPastTwoGibibytesAreReadFromTheirOwnPlace() throws IOException {
        // Sparse: a 5 GiB file of one huge tensor and a small one after it; disk holds a few pages.
        long big = (5L << 30) + 4;
        String header =
                String.format(
                        "{\"big\":{\"dtype\":\"U8\",\"shape\":[%d],\"data_offsets\":[0,%d]},"
                            + "\"end\":{\"dtype\":\"I64\",\"shape\":[2],\"data_offsets\":[%d,%d]}}",
                        big, big, big, big + 16);
        Path path = RawFiles.write(dir.resolve("big"), header, 0);
        long dataStart = Files.size(path);
        try (RandomAccessFile raw = new RandomAccessFile(path.toFile(), "rw")) {
            raw.setLength(dataStart + big + 16);
            raw.seek(dataStart + (3L << 30) - 2);
            raw.write(new byte[] {1, 2, 3, 4, 5});
            raw.seek(dataStart + big);
            raw.write(new byte[] {9, 0, 0, 0, 0, 0, 0, 0, 8, 0, 0, 0, 0, 0, 0, 0});
        }
        try (NDManager manager = NDManager.newBaseManager();
                SafeTensorsFile file = SafeTensorsFile.open(path)) {
            assertThat(file.read(manager, "end").toLongArray()).containsExactly(9, 8);
            byte[] part = new byte[5];
            file.readInto("big", (3L << 30) - 2, ByteBuffer.wrap(part));
            assertThat(part).containsExactly(1, 2, 3, 4, 5);
        } finally {
            Files.delete(path);
        }
    }

    @Test
    void tensorsOfSeveralChunksAreReadWhole() throws IOException {
        // As float32 136 MiB; 16 MiB are read at once.
        int elements = 34 << 20;
        String header =
                String.format(
                        "{\"a\":{\"dtype\":\"BF16\",\"shape\":[%d],\"data_offsets\":[0,%d]}}",
                        elements, 2L * elements);
        Path path = RawFiles.write(dir.resolve("chunks"), header, 0);
        long dataStart = Files.size(path);
        int[] places = {0, (16 << 20) - 1, 16 << 20, (32 << 20) + 7, elements - 1};
        try (RandomAccessFile raw = new RandomAccessFile(path.toFile(), "rw")) {
            raw.setLength(dataStart + 2L * elements);
            for (int i = 0; i < places.length; i++) {
                raw.seek(dataStart + 2L * places[i]);
                raw.write(new byte[] {(byte) (0x80 + i), 0x3f});
            }
        }
        try (NDManager manager = NDManager.newBaseManager();
                SafeTensorsFile file = SafeTensorsFile.open(path)) {
            NDArray array = file.readFloat32(manager, "a");
            for (int i = 0; i < places.length; i++) {
                assertThat(array.getFloat(places[i])).isEqualTo(1 + i / 128f);
            }
            assertThat(array.neq(0).toType(DataType.INT64, false).sum().getLong())
                    .isEqualTo(places.length);
        } finally {
            Files.delete(path);
        }
    }

    @ParameterizedTest
    @CsvSource({"f32", "f64", "f16", "bf16", "bf16.matrix", "f32.special", "scalar", "empty"})
    void readsInEveryPrecisionAsTorchDoes(String name) throws IOException {
        try (NDManager manager = NDManager.newBaseManager();
                SafeTensorsFile file = SafeTensorsFile.open(Goldens.file("mixed.safetensors"))) {
            NDArray wide = file.readAs(manager, name, TensorDtype.F64);
            for (TensorDtype dtype : List.of(TensorDtype.F16, TensorDtype.BF16, TensorDtype.F32)) {
                NDArray array = file.readAs(manager, name, dtype);
                NDArray expected =
                        switch (dtype) {
                            case F16 -> Torch.toFloat16(wide);
                            case BF16 -> Torch.toBfloat16(wide);
                            default -> Torch.toFloat32(wide);
                        };
                assertThat(array.getShape()).isEqualTo(file.info(name).shape());
                assertThat(array.getDataType()).isEqualTo(expected.getDataType());
                assertThat(array.toByteBuffer(false)).isEqualTo(expected.toByteBuffer(false));
                if (file.info(name).dtype() == dtype) {
                    assertThat(array.toByteBuffer(false)).isEqualTo(RawFiles.bytes(file, name));
                }
            }
            assertThatThrownBy(() -> file.readAs(manager, name, TensorDtype.I8))
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessageContaining("I8");
        }
    }
}
