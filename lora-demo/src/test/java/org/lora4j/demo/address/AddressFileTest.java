/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.demo.address;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class AddressFileTest {
    @TempDir private Path directory = Path.of("");

    private Path file(String text) throws IOException {
        return Files.writeString(directory.resolve("a.jsonl"), text);
    }

    @Test
    void theFieldsMayBeAnObjectOrAString() throws IOException {
        Path file =
                file(
                        "\uFEFF{\"address\":\"和平路１號\",\"json\":{\"number\":\"1號\",\"road\":\"和平路\"}}\n\n"
                            + "{\"address\":\"台北\",\"json\":\"{\\\"county\\\":\\\"台北\\\",\\\"zip\\\":null}\"}");
        assertThat(AddressFile.read(file))
                .isEqualTo(
                        List.of(
                                new Address("和平路１號", Map.of("road", "和平路", "number", "1號")),
                                new Address("台北", Map.of("county", "台北"))));
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "{\"address\":\"x\"}|address, a string, and json",
                "{\"address\":1,\"json\":{}}|address, a string, and json",
                "[]|expected an object",
                "{\"address\":|not JSON",
                "{\"address\":\"x\",\"json\":{\"street\":\"y\"}}|'street' is no field",
                "{\"address\":\"x\",\"json\":{\"road\":[]}}|no object of strings",
                "{\"address\":\"x\",\"json\":\"y\"}|no object of strings"
            })
    void aBadLineIsNamed(String line, String message) throws IOException {
        Path file = file("{\"address\":\"x\",\"json\":{}}\n" + line + "\n");
        assertThatThrownBy(() -> AddressFile.read(file))
                .isInstanceOf(IOException.class)
                .hasMessageContaining("a.jsonl, line 2: ")
                .hasMessageContaining(message);
    }

    @Test
    void whatIsNoTextIsRefused() throws IOException {
        Path file = Files.write(directory.resolve("b"), "台北".getBytes(StandardCharsets.UTF_16));
        assertThatThrownBy(() -> AddressFile.read(file)).hasMessageContaining("save it as UTF-8");
        assertThatThrownBy(() -> AddressFile.read(file(" \n"))).hasMessageContaining("no line");
    }

    @Test
    void anAnswerIsRightOnlyWithExactlyTheFields() {
        Address address = new Address("x", Map.of("road", "和平路", "number", "1號"));
        assertThat(address.json()).isEqualTo("{\"road\":\"和平路\",\"number\":\"1號\"}");
        assertThat(address.isAnsweredBy(address.json())).isTrue();
        assertThat(address.isAnsweredBy("{\"number\": \"1號\", \"road\": \"和平路\"}")).isTrue();
        assertThat(address.isAnsweredBy("{\"road\":\"和平路\"}")).isFalse();
        assertThat(address.isAnsweredBy("{\"road\":\"和平路\",\"number\":\"1號\",\"zip\":\"1\"}"))
                .isFalse();
        assertThat(address.isAnsweredBy("{\"road\":\"和平街\",\"number\":\"1號\"}")).isFalse();
        assertThat(address.isAnsweredBy("{\"road\":")).isFalse();
        assertThat(address.isAnsweredBy("")).isFalse();
    }
}
