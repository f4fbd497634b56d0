/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.safetensors;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.lora4j.torch.TensorDtype;

final class ShardedSafeTensorsTest {
    @TempDir private Path dir = Path.of("");

    @BeforeEach
    void twoShards() throws IOException {
        RawFiles.write(dir.resolve("one.safetensors"), header("a"), 1);
        RawFiles.write(dir.resolve("two.safetensors"), header("b"), 1);
    }

    @Test
    void tensorsAreFoundInTheirShards() throws IOException {
        index("{\"a\":\"one.safetensors\",\"b\":\"two.safetensors\"}");
        try (SafeTensors model = SafeTensors.open(dir)) {
            assertThat(model.names()).containsExactly("a", "b");
            assertThat(model.info("b").dtype()).isEqualTo(TensorDtype.U8);
            assertThatThrownBy(() -> model.info("c")).isInstanceOf(IllegalArgumentException.class);
        }
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "../one.safetensors", "/etc/passwd", "x/../../one.safetensors", "./one.safetensors",
                "..\\\\one.safetensors", "", "..", "\\u0000"
            })
    void aShardOutsideTheDirectoryIsRefused(String name) throws IOException {
        index("{\"a\":\"" + name + "\"}");
        assertRefused("within the directory");
    }

    @Test
    void aMissingShardIsRefused() throws IOException {
        index("{\"a\":\"one.safetensors\",\"b\":\"three.safetensors\"}");
        assertRefused("three.safetensors");
    }

    @Test
    void aTensorThatItsShardLacksIsRefused() throws IOException {
        index("{\"a\":\"one.safetensors\",\"c\":\"two.safetensors\"}");
        assertRefused("'c'");
        index("{\"a\":\"one.safetensors\",\"b\":\"one.safetensors\"}");
        assertRefused("'b'");
        index("{\"a\":\"two.safetensors\",\"b\":\"one.safetensors\"}");
        assertRefused("'a'");
    }

    @Test
    void aTensorInTwoShardsIsRefused() throws IOException {
        RawFiles.write(dir.resolve("two.safetensors"), header("a"), 1);
        index("{\"a\":\"one.safetensors\",\"b\":\"two.safetensors\"}");
        assertRefused("'a'");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "[]",
                "{}",
                "{\"weight_map\":[]}",
                "{\"weight_map\":{}}",
                "{\"weight_map\":null}",
                "{\"weight_map\":{\"a\":1}}",
                "{\"weight_map\":{\"a\":null}}",
                "{\"weight_map\":{\"a\":\"one.safetensors\",\"a\":\"one.safetensors\"}}",
                "{\"weight_map\":{\"a\":\"one.safetensors\"},\"weight_map\":{}}",
                "{\"weight_map\":{\"a\":\"one.safetensors\"}} x",
                "{weight_map:{}}"
            })
    void anIndexThatIsNotOneIsRefused(String text) throws IOException {
        Files.writeString(dir.resolve(SafeTensors.INDEX_FILE), text);
        assertRefused("index");
    }

    @Test
    void anIndexOfGreatDepthIsRefusedWithoutARecursion() throws IOException {
        String deep = "[".repeat(1_000_000) + "]".repeat(1_000_000);
        Files.writeString(dir.resolve(SafeTensors.INDEX_FILE), "{\"metadata\":" + deep + "}");
        assertRefused("deep");
    }

    @Test
    void aBrokenShardNamesItself() throws IOException {
        RawFiles.write(dir.resolve("two.safetensors"), header("b"), 0);
        index("{\"a\":\"one.safetensors\",\"b\":\"two.safetensors\"}");
        assertThatThrownBy(() -> SafeTensors.open(dir))
                .isInstanceOf(InvalidSafeTensorsException.class)
                .hasMessageContaining("two.safetensors");
    }

    @Test
    void aDirectoryWithNeitherFileNorIndexSaysSo() {
        assertThatThrownBy(() -> SafeTensors.open(dir))
                .isInstanceOf(NoSuchFileException.class)
                .hasMessageContaining(SafeTensors.INDEX_FILE);
    }

    @Test
    void theSingleFileWinsOverTheIndex() throws IOException {
        index("{\"a\":\"one.safetensors\"}");
        RawFiles.write(dir.resolve(SafeTensors.MODEL_FILE), header("single"), 1);
        try (SafeTensors model = SafeTensors.open(dir)) {
            assertThat(model.names()).containsExactly("single");
        }
    }

    private void index(String weightMap) throws IOException {
        Files.writeString(
                dir.resolve(SafeTensors.INDEX_FILE),
                "{\"metadata\":{\"total_size\":2},\"weight_map\":" + weightMap + "}");
    }

    private void assertRefused(String part) {
        assertThatThrownBy(() -> SafeTensors.open(dir))
                .isInstanceOf(InvalidSafeTensorsException.class)
                .hasMessageContaining(SafeTensors.INDEX_FILE)
                .hasMessageContaining(part);
    }

    private static String header(String name) {
        return "{\"" + name + "\":{\"dtype\":\"U8\",\"shape\":[1],\"data_offsets\":[0,1]}}";
    }
}
