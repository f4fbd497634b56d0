/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.export;

import com.google.gson.Gson;
import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.lora4j.hf.LoadOptions;
import org.lora4j.hf.LoraModel;
import org.lora4j.hf.Task;
import org.lora4j.hf.model.ModelConfig;

/** The tiny encoders of lora-hf's tests, and what transformers and PEFT make of them. */
final class GoldenEncoders {
    private static final Path FOLDER =
            Path.of(System.getProperty("lora4j.root"))
                    .resolve("lora-hf/src/test/resources/golden/encoders");

    private GoldenEncoders() {}

    /** Rows of token ids, what they are padded with, and transformers' logits. */
    @SuppressWarnings("ArrayRecordComponent") // numbers of a golden, read only
    record Rows(int[][] ids, int[][] types, int pad, double[][] logits) {}

    static Path directory(String name) {
        return FOLDER.resolve(name);
    }

    static LoraModel load(String name) throws IOException {
        Path directory = directory(name);
        return LoraModel.load(directory, Task.of(ModelConfig.read(directory)));
    }

    static LoraModel load(String base, String adapter) throws IOException {
        return LoraModel.load(directory(base), directory(adapter), LoadOptions.defaults());
    }

    static List<Rows> batches(String name) throws IOException {
        JsonObject json =
                JsonParser.parseString(Files.readString(directory(name).resolve("expected.json")))
                        .getAsJsonObject();
        List<Rows> all = new ArrayList<>();
        for (JsonElement rows : json.getAsJsonArray("batches")) {
            all.add(new Gson().fromJson(rows, Rows.class));
        }
        return all;
    }

    /** The largest difference of numbers, which are as many. */
    static double farthest(float[] found, double[][] expected) {
        double farthest = 0;
        int i = 0;
        for (double[] row : expected) {
            for (double number : row) {
                double distance = Math.abs(found[i++] - number);
                farthest = distance <= farthest ? farthest : distance; // NaN is farthest
            }
        }
        if (i != found.length) {
            throw new IllegalStateException(found.length + " numbers; expected " + i);
        }
        return farthest;
    }
}
