/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.files;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.lora4j.adapter.PeftConfigFile;
import org.lora4j.json.JsonFile;
import org.lora4j.safetensors.RawFiles;
import org.lora4j.safetensors.SafeTensors;
import org.lora4j.safetensors.SafeTensorsFile;
import org.lora4j.safetensors.ShardedSafeTensors;
import org.lora4j.torchfile.TorchFile;

/** What stands where a file should be: every reader refuses it at once, by its path. */
@Timeout(20)
final class InputFileTest {
    private static final String POINTER =
            "version https://git-lfs.github.com/spec/v1\noid sha256:4d7a\nsize 12345\n";

    /** Opens a file as one of the formats. */
    @FunctionalInterface
    private interface Reader {
        void read(Path file) throws IOException;
    }

    @TempDir private Path dir = Path.of("");

    private Path file = Path.of("");

    @BeforeEach
    void nameTheFile() {
        file = dir.resolve("model.safetensors");
    }

    static Stream<Arguments> readers() {
        return Stream.of(
                Arguments.of("safetensors", (Reader) f -> SafeTensorsFile.open(f).close()),
                Arguments.of("index", (Reader) f -> ShardedSafeTensors.open(f).close()),
                Arguments.of("torch.save", (Reader) f -> TorchFile.open(f).close()),
                Arguments.of("adapter_config.json", (Reader) PeftConfigFile::read),
                Arguments.of("JSON", (Reader) JsonFile::readObject),
                Arguments.of("text", (Reader) f -> InputFile.readText(f, 1 << 20)));
    }

    private void assertRefused(Reader reader, String said) {
        assertThatThrownBy(() -> reader.read(file))
                .isInstanceOf(IOException.class)
                .hasMessageStartingWith(file.toString())
                .hasMessageContaining(said);
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("readers")
    void whatIsNoFileIsNotOpened(String name, Reader reader) throws Exception {
        assertRefused(reader, "no such file");
        Files.createDirectory(file);
        assertRefused(reader, "is a directory");
        Files.delete(file);
        Files.createSymbolicLink(file, dir.resolve("absent"));
        assertRefused(reader, "is a link to");
        Files.delete(file);
        assumeTrue(Files.exists(Path.of("/dev/zero")), "devices and pipes as files");
        Files.createSymbolicLink(file, Path.of("/dev/zero"));
        assertRefused(reader, "is a device, a pipe or a socket");
        Files.delete(file);
        new ProcessBuilder("mkfifo", file.toString()).start().waitFor();
        assertRefused(reader, "is a device, a pipe or a socket");
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("readers")
    void otherTextIsRecognised(String name, Reader reader) throws IOException {
        Files.writeString(file, POINTER);
        assertRefused(reader, "Git LFS pointer");
        Files.writeString(file, "\n <!DOCTYPE html><html><body>404</body></html>");
        assertRefused(reader, "web page");
        for (String charset : new String[] {"UTF-16", "UTF-16LE", "UTF-16BE"}) {
            Files.write(file, "{\"r\": 8}".getBytes(charset));
            assertRefused(reader, "UTF-16");
        }
    }

    @Test
    void otherWeightsAreRecognised() throws IOException {
        Files.write(file, "GGUF\3\0\0\0\0\0\0\0\0\0\0\0".getBytes(StandardCharsets.ISO_8859_1));
        assertRefused(f -> SafeTensorsFile.open(f).close(), "GGUF");
        Files.write(file, "PK\3\4\24\0\0\0\0\0\0\0\0\0".getBytes(StandardCharsets.ISO_8859_1));
        assertRefused(f -> SafeTensorsFile.open(f).close(), "torch.save");
        byte[] zipped = {0x1f, (byte) 0x8b, 8, 0, 0, 0, 0, 0, 0, 3, 1, 2, 3};
        Files.write(file, zipped);
        assertRefused(f -> SafeTensorsFile.open(f).close(), "gzip");
    }

    @Test
    void aModelsDirectoryWithoutSafetensorsSaysWhatItHas() throws IOException {
        assertThatThrownBy(() -> SafeTensors.open(dir)).hasMessageContaining("is empty");
        Files.writeString(dir.resolve("model-q4_k_m.gguf"), "GGUF");
        assertThatThrownBy(() -> SafeTensors.open(dir))
                .isInstanceOf(IOException.class)
                .hasMessageStartingWith(dir.toString())
                .hasMessageContaining("model.safetensors")
                .hasMessageContaining("model-q4_k_m.gguf, GGUF weights");
        Files.writeString(dir.resolve("adapter_model.safetensors"), "");
        Files.delete(dir.resolve("model-q4_k_m.gguf"));
        assertThatThrownBy(() -> SafeTensors.open(dir)).hasMessageContaining("an adapter");
    }

    @Test
    void aFileIsNotReadBeyondItsLimit() throws IOException {
        Files.writeString(file, "12345678");
        assertThat(InputFile.readText(file, 8)).isEqualTo("12345678");
        assertThat(InputFile.readBytes(file, 8)).hasSize(8);
        assertThatThrownBy(() -> InputFile.readText(file, 7))
                .hasMessageContaining("at most 7 bytes, found 8");
        assertThatThrownBy(() -> InputFile.requireText(file, 7))
                .hasMessageContaining("at most 7 bytes, found 8");
        Path processes = Path.of("/proc/self/status"); // its size is told as 0
        assumeTrue(Files.exists(processes));
        assertThatThrownBy(() -> InputFile.readBytes(processes, 100))
                .hasMessageContaining("at most 100 bytes, found 101 or more");
    }

    @Test
    void dimensionsThatOverflowBesideAZeroAreRefused() throws IOException {
        for (String shape :
                new String[] {"[9223372036854775807,2,0]", "[0,3037000500,3037000500]"}) {
            String header =
                    "{\"a\":{\"dtype\":\"F32\",\"shape\":" + shape + ",\"data_offsets\":[0,0]}}";
            RawFiles.write(file, header, 0);
            assertRefused(f -> SafeTensorsFile.open(f).close(), "2^63");
        }
    }

    @Test
    void aNumberOfManyDigitsIsRefusedBeforeItIsRead() throws IOException {
        Files.writeString(file, "{\"peft_type\": \"LORA\", \"x\": " + "7".repeat(1 << 20) + "}");
        assertRefused(PeftConfigFile::read, "1000 digits");
    }
}
