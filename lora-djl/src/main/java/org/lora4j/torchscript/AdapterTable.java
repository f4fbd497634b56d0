/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.torchscript;

import ai.djl.ndarray.types.Shape;
import com.google.gson.JsonArray;
import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import com.google.gson.JsonParseException;
import com.google.gson.JsonParser;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import org.lora4j.files.Excerpt;
import org.lora4j.torch.TensorDtype;
import org.lora4j.torchscript.archive.InvalidScriptException;
import org.lora4j.torchscript.archive.ScriptRecords;

/**
 * The record of a rewritten archive that lists its adapters, so that the file tells which layers A
 * and B belong to. DJL returns its text for the option {@code extraFiles=lora4j.json}.
 */
final class AdapterTable {
    static final String RECORD = "extra/lora4j.json";

    private static final int FORMAT = 1;
    private static final int MAX_BYTES = 1 << 26;

    private AdapterTable() {}

    static byte[] write(List<ScriptAdapter> adapters) {
        JsonArray list = new JsonArray();
        for (ScriptAdapter adapter : adapters) {
            JsonObject one = new JsonObject();
            one.addProperty("module", adapter.target().module());
            one.addProperty("parameter", adapter.target().parameter());
            one.addProperty("rank", adapter.target().rank());
            one.addProperty("scaling", adapter.target().scaling());
            one.addProperty("dropout", adapter.target().dropout());
            one.addProperty("form", adapter.form().name().toLowerCase(Locale.ROOT));
            one.addProperty("mode", adapter.mode().name().toLowerCase(Locale.ROOT));
            one.addProperty("dtype", adapter.dtype().name());
            one.addProperty("lora_A", adapter.attributeOfA());
            one.addProperty("lora_B", adapter.attributeOfB());
            one.add("shape_A", numbers(adapter.shapeOfA()));
            one.add("shape_B", numbers(adapter.shapeOfB()));
            list.add(one);
        }
        JsonObject root = new JsonObject();
        root.addProperty("format", FORMAT);
        root.add("adapters", list);
        return (root + "\n").getBytes(StandardCharsets.UTF_8);
    }

    private static JsonArray numbers(Shape shape) {
        JsonArray numbers = new JsonArray();
        for (long number : shape.getShape()) {
            numbers.add(number);
        }
        return numbers;
    }

    /** The adapters of an archive, none if it has no such record. */
    static List<ScriptAdapter> read(ScriptRecords records) throws IOException {
        if (!records.names().contains(RECORD)) {
            return List.of();
        }
        String text = records.readText(RECORD, MAX_BYTES);
        try {
            JsonObject root = JsonParser.parseString(text).getAsJsonObject();
            if (root.get("format").getAsInt() != FORMAT) {
                throw new InvalidScriptException(
                        records.path(),
                        RECORD,
                        "expected format %d, found %s"
                                .formatted(FORMAT, Excerpt.of(root.get("format").toString())));
            }
            List<ScriptAdapter> adapters = new ArrayList<>();
            for (JsonElement one : root.getAsJsonArray("adapters")) {
                adapters.add(adapter(one.getAsJsonObject()));
            }
            return List.copyOf(adapters);
        } catch (JsonParseException
                | IllegalArgumentException
                | IllegalStateException
                | UnsupportedOperationException
                | NullPointerException
                | ClassCastException e) {
            throw new InvalidScriptException(
                    records.path(),
                    RECORD,
                    "expected a list of adapters, found something else (%s)"
                            .formatted(Excerpt.of(String.valueOf(e.getMessage()))));
        } catch (StackOverflowError e) {
            throw new InvalidScriptException(records.path(), RECORD, "it is nested too deeply");
        }
    }

    private static ScriptAdapter adapter(JsonObject one) {
        ScriptTarget target =
                new ScriptTarget(
                        text(one, "module"),
                        text(one, "parameter"),
                        one.get("rank").getAsInt(),
                        one.get("scaling").getAsDouble(),
                        one.get("dropout").getAsDouble(),
                        ScriptForm.valueOf(text(one, "form").toUpperCase(Locale.ROOT)));
        return new ScriptAdapter(
                target,
                ScriptMode.valueOf(text(one, "mode").toUpperCase(Locale.ROOT)),
                TensorDtype.valueOf(text(one, "dtype")),
                shape(one.getAsJsonArray("shape_A")),
                shape(one.getAsJsonArray("shape_B")),
                text(one, "lora_A"),
                text(one, "lora_B"));
    }

    private static String text(JsonObject one, String key) {
        return one.get(key).getAsString();
    }

    private static Shape shape(JsonArray numbers) {
        long[] shape = new long[numbers.size()];
        for (int i = 0; i < shape.length; i++) {
            shape[i] = numbers.get(i).getAsLong();
            if (shape[i] < 1) {
                throw new IllegalArgumentException("a dimension of " + shape[i]);
            }
        }
        return new Shape(shape);
    }
}
