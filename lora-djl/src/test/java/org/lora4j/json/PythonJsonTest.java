/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.json;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.gson.JsonArray;
import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import java.io.IOException;
import java.nio.file.Files;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import org.junit.jupiter.api.Test;
import org.lora4j.safetensors.Goldens;

final class PythonJsonTest {
    @Test
    void numbersAreWrittenAsPythonWritesThem() throws IOException {
        JsonArray pairs =
                JsonParser.parseString(Files.readString(Goldens.file("../adapter/numbers.json")))
                        .getAsJsonArray();
        List<String> ours = new ArrayList<>();
        List<String> pythons = new ArrayList<>();
        for (JsonElement pair : pairs) {
            ours.add(PythonJson.number(pair.getAsJsonArray().get(0).getAsString()));
            pythons.add(pair.getAsJsonArray().get(1).getAsString());
        }
        assertThat(pairs).hasSizeGreaterThan(300);
        assertThat(ours).containsExactlyElementsOf(pythons);
    }

    @Test
    void objectsArraysAndTextsAreWrittenAsPythonWritesThem() throws IOException {
        String golden = Files.readString(Goldens.file("../adapter/nested.json"));
        assertThat(PythonJson.write(JsonParser.parseString(golden))).isEqualTo(golden);
    }

    @Test
    void keysAreInCodePointOrderUnlessTheyAreToStay() {
        JsonObject object = new JsonObject();
        object.addProperty("😀", 1);
        object.addProperty("\uffff", 2);
        assertThat(PythonJson.write(object))
                .isEqualTo("{\n  \"\\uffff\": 2,\n  \"\\ud83d\\ude00\": 1\n}");
        assertThat(PythonJson.write(object, Set.of(object)))
                .isEqualTo("{\n  \"\\ud83d\\ude00\": 1,\n  \"\\uffff\": 2\n}");
    }

    @Test
    void numbersBeyondADoubleStayAsTheyWere() {
        assertThat(PythonJson.number("1e999")).isEqualTo("1e999");
        assertThat(PythonJson.number("-1.5E99999999999")).isEqualTo("-1.5E99999999999");
    }

    @Test
    void integralNumbersAreIntegers() {
        assertThat(PythonJson.integralOrFloat(16).getAsString()).isEqualTo("16");
        assertThat(PythonJson.integralOrFloat(0.5).getAsString()).isEqualTo("0.5");
    }

    @Property(tries = 500)
    void everyFloatReadsBackAsItself(@ForAll double value) {
        assertThat(Double.parseDouble(PythonJson.repr(value))).isEqualTo(value);
    }
}
