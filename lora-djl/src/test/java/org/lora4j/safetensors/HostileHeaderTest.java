/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.safetensors;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import ai.djl.ndarray.NDManager;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

final class HostileHeaderTest {
    private static final String GOOD =
            "{\"a\":{\"dtype\":\"F32\",\"shape\":[2,3],\"data_offsets\":[0,24]}}";

    @TempDir private Path dir = Path.of("");

    private void assertRefused(String header, int dataBytes, String... parts) throws IOException {
        Path file = RawFiles.write(dir.resolve("x.safetensors"), header, dataBytes);
        assertThatThrownBy(() -> SafeTensorsFile.open(file))
                .isInstanceOf(InvalidSafeTensorsException.class)
                .hasMessageContaining(file.toString())
                .satisfies(e -> List.of(parts).forEach(p -> assertThat(e).hasMessageContaining(p)));
    }

    @Test
    void theFileThatTheOthersAreVariantsOfIsRead() throws IOException {
        Path file = RawFiles.write(dir.resolve("x"), GOOD, 24);
        try (SafeTensorsFile open = SafeTensorsFile.open(file)) {
            assertThat(open.info("a").byteSize()).isEqualTo(24);
        }
        Path padded = RawFiles.write(dir.resolve("y"), GOOD + "   ", 24);
        SafeTensorsFile.open(padded).close();
        Path nothing = RawFiles.write(dir.resolve("z"), "{}", 0);
        try (SafeTensorsFile open = SafeTensorsFile.open(nothing)) {
            assertThat(open.names()).isEmpty();
        }
        Path later =
                RawFiles.write(dir.resolve("w"), GOOD.replace("}}", ",\"new\":[{\"x\":[]}]}}"), 24);
        SafeTensorsFile.open(later).close();
    }

    @ParameterizedTest
    @ValueSource(longs = {1L << 62, -1L, Long.MIN_VALUE, 100_000_001L, 64})
    void aHeaderLengthBeyondTheFileIsRefused(long length) throws IOException {
        byte[] header = GOOD.getBytes(StandardCharsets.UTF_8);
        Path file = RawFiles.write(dir.resolve("x"), length, header, 63 - header.length);
        assertThatThrownBy(() -> SafeTensorsFile.open(file))
                .isInstanceOf(InvalidSafeTensorsException.class)
                .hasMessageContaining("at most 63 bytes")
                .hasMessageContaining("header length of " + Long.toUnsignedString(length));
    }

    @Test
    void aHeaderOver100MegabytesIsRefusedBeforeItIsRead() throws IOException {
        Path file = RawFiles.write(dir.resolve("x"), 100_000_001, new byte[0], 100_000_001);
        assertThatThrownBy(() -> SafeTensorsFile.open(file))
                .isInstanceOf(InvalidSafeTensorsException.class)
                .hasMessageContaining("100000001")
                .hasMessageContaining("100000000");
    }

    @Test
    void filesTooShortForALengthAreRefused() throws IOException {
        Path file = Files.write(dir.resolve("x"), new byte[7]);
        assertThatThrownBy(() -> SafeTensorsFile.open(file))
                .isInstanceOf(InvalidSafeTensorsException.class)
                .hasMessageContaining("8 bytes");
        assertThatThrownBy(() -> SafeTensorsFile.open(dir.resolve("absent")))
                .isInstanceOf(NoSuchFileException.class);
    }

    @Test
    void dataThatDoesNotFillTheFileIsRefused() throws IOException {
        assertRefused(GOOD, 23, "24 bytes of data", "cut short");
        assertRefused(GOOD, 25, "24 bytes of data", "25");
        assertRefused("{}", 1, "0 bytes of data", "1");
    }

    @Test
    void sizesThatDoNotFitShapeAndDtypeAreRefused() throws IOException {
        assertRefused(GOOD.replace("24", "20"), 20, "'a'", "24 bytes for F32 [2, 3]", "20 bytes");
        assertRefused(GOOD.replace("[2,3]", "[2,4]"), 24, "'a'", "32 bytes");
        assertRefused(GOOD.replace("F32", "F16"), 24, "'a'", "12 bytes");
        assertRefused(
                "{\"a\":{\"dtype\":\"F4\",\"shape\":[3],\"data_offsets\":[0,1]}}",
                1,
                "whole bytes");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "[4611686018427387904,4]",
                "[4294967296,4294967296]",
                "[9223372036854775807,2]",
                "[2305843009213693952]",
                "[4611686018427387904,4,0]"
            })
    void shapesThatOverflowAreRefused(String shape) throws IOException {
        assertRefused(GOOD.replace("[2,3]", shape), 24, "'a'", "2^63");
        assertRefused(GOOD.replace("[2,3]", shape).replace("[0,24]", "[0,0]"), 0, "'a'", "2^63");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "[-2,-3]",
                "[2.0,3]",
                "[\"2\",3]",
                "[2e0,3]",
                "[null]",
                "[true]",
                "[[2],3]",
                "6",
                "[9223372036854775808]",
                "[NaN]",
                "[-0]",
                "{}"
            })
    void shapesOfAnythingButWholeNumbersAreRefused(String shape) throws IOException {
        assertRefused(GOOD.replace("[2,3]", shape), 24);
    }

    @ParameterizedTest
    @ValueSource(strings = {"[24,0]", "[0]", "[0,24,24]", "[-24,0]", "[1,25]", "[]", "[8,8]"})
    void offsetsThatAreNotTheTensorsAreRefused(String offsets) throws IOException {
        assertRefused(GOOD.replace("[0,24]", offsets), 24, "'a'");
    }

    @Test
    void overlapsAndHolesAreRefused() throws IOException {
        String two =
                "{\"a\":{\"dtype\":\"U8\",\"shape\":[8],\"data_offsets\":[0,8]},"
                        + "\"b\":{\"dtype\":\"U8\",\"shape\":[8],\"data_offsets\":[%d,%d]}}";
        assertRefused(String.format(two, 4, 12), 12, "'b'", "overlap");
        assertRefused(String.format(two, 0, 8), 8, "overlap");
        assertRefused(String.format(two, 9, 17), 17, "'b'", "hole");
        assertRefused(String.format(two, Long.MAX_VALUE - 8, Long.MAX_VALUE), 8, "'b'", "hole");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "[]",
                "null",
                " {}",
                "\uFEFF{}",
                "{",
                "{}{}",
                "{} x",
                "{a:1}",
                "{'a':1}",
                "{\"a\":1}",
                "{\"a\":null}",
                "{\"a\":[]}",
                "{\"a\":{}}",
                "{\"a\":{},}",
                "// x\n{}",
                "{\"__metadata__\":{\"a\":1}}",
                "{\"__metadata__\":[]}",
                "{\"__metadata__\":{\"a\":\"1\",\"a\":\"2\"}}",
                "{\"__metadata__\":{},\"__metadata__\":{}}",
                "{\"a\":{\"dtype\":\"F32\",\"shape\":[0]}}",
                "{\"a\":{\"dtype\":\"F32\",\"data_offsets\":[0,0]}}",
                "{\"a\":{\"shape\":[0],\"data_offsets\":[0,0]}}",
                "{\"a\":{\"dtype\":\"F32\",\"dtype\":\"F32\",\"shape\":[0],\"data_offsets\":[0,0]}}",
                "{\"a\":{\"dtype\":7,\"shape\":[0],\"data_offsets\":[0,0]}}",
                "{\"a\tb\":{\"dtype\":\"F32\",\"shape\":[0],\"data_offsets\":[0,0]}}"
            })
    void headersThatAreNotTheFormatsJsonAreRefused(String header) throws IOException {
        assertRefused(header, 0);
    }

    @Test
    void aNameGivenTwiceIsRefused() throws IOException {
        String entry = "\"a\":{\"dtype\":\"U8\",\"shape\":[0],\"data_offsets\":[0,0]}";
        assertRefused("{" + entry + "," + entry + "}", 0, "'a'", "twice");
        assertRefused("{" + entry + "," + entry.replace("\"a\"", "\"\\u0061\"") + "}", 0, "twice");
    }

    @Test
    void anUnknownDtypeIsRefusedByName() throws IOException {
        assertRefused(GOOD.replace("F32", "F31"), 24, "'a'", "'F31'", "BF16");
    }

    @Test
    void brokenUtf8IsRefused() throws IOException {
        byte[] header = GOOD.getBytes(StandardCharsets.UTF_8);
        header[2] = (byte) 0xff;
        Path file = RawFiles.write(dir.resolve("x"), header.length, header, 24);
        assertThatThrownBy(() -> SafeTensorsFile.open(file))
                .isInstanceOf(InvalidSafeTensorsException.class);
    }

    @Test
    void depthIsRefusedWithoutARecursion() throws IOException {
        String deep = "[".repeat(1_000_000) + "]".repeat(1_000_000);
        assertRefused(GOOD.replace("}}", ",\"x\":" + deep + "}}"), 24, "deep");
        assertRefused(GOOD.replace("[2,3]", deep), 24);
        assertRefused(deep, 24);
    }

    @Test
    void messagesFromHostileNamesStayShortAndPrintable() throws IOException {
        String name = "\\u001b[31m\\n" + "x".repeat(100_000);
        Path file = RawFiles.write(dir.resolve("x"), GOOD.replace("\"a\"", "\"" + name + "\""), 23);
        String renamed = GOOD.replace("\"a\"", "\"" + name + "\"").replace("F32", "F33");
        Path other = RawFiles.write(dir.resolve("y"), renamed, 24);
        assertThatThrownBy(() -> SafeTensorsFile.open(file)).isInstanceOf(IOException.class);
        assertThatThrownBy(() -> SafeTensorsFile.open(other))
                .satisfies(e -> assertThat(e.getMessage()).hasSizeLessThan(1000))
                .satisfies(e -> assertThat(e.getMessage()).doesNotContain("\n", "\u001b"));
    }

    @Test
    void boolsThatAreNeitherZeroNorOneAreRefused() throws IOException {
        byte[] header =
                "{\"a\":{\"dtype\":\"BOOL\",\"shape\":[1],\"data_offsets\":[0,1]}}"
                        .getBytes(StandardCharsets.UTF_8);
        Path file = RawFiles.write(dir.resolve("x"), header.length, header, 1);
        byte[] bytes = Files.readAllBytes(file);
        bytes[bytes.length - 1] = 2;
        Files.write(file, bytes);
        try (NDManager manager = NDManager.newBaseManager();
                SafeTensorsFile open = SafeTensorsFile.open(file)) {
            assertThatThrownBy(() -> open.read(manager, "a"))
                    .isInstanceOf(InvalidSafeTensorsException.class)
                    .hasMessageContaining("0 or 1");
        }
    }

    @Test
    void moreDimensionsThanTorchTakesAreRefused() throws IOException {
        String most = "1,".repeat(63) + "1";
        Path file =
                RawFiles.write(
                        dir.resolve("x"), GOOD.replace("2,3", most).replace("[0,24]", "[0,4]"), 4);
        try (NDManager manager = NDManager.newBaseManager();
                SafeTensorsFile open = SafeTensorsFile.open(file)) {
            assertThat(open.read(manager, "a").getShape().dimension()).isEqualTo(64);
        }
        assertRefused(
                GOOD.replace("2,3", most + ",1").replace("[0,24]", "[0,4]"),
                4,
                "'a'",
                "at most 64 in shape");
    }
}
