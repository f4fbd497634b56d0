/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.hf;

import com.google.gson.Gson;
import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import java.io.IOException;
import java.net.URISyntaxException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.function.Consumer;
import org.lora4j.text.PaddedBatch;
import org.lora4j.text.TokenizedExample;

/** Tiny RoBERTas and DistilBERTs, and what transformers and PEFT make of them. */
public final class EncoderGolden {
    private EncoderGolden() {}

    static Path file(String name) {
        try {
            String resource = "/golden/encoders/" + name;
            return Path.of(
                    Objects.requireNonNull(EncoderGolden.class.getResource(resource), resource)
                            .toURI());
        } catch (URISyntaxException e) {
            throw new IllegalStateException(e);
        }
    }

    /** Copies a model with some tokenizer into a folder. */
    public static Path model(Path folder, String name, Consumer<JsonObject> config)
            throws IOException {
        Path target = Files.createTempDirectory(folder, name);
        Files.copy(file(name + "/model.safetensors"), target.resolve("model.safetensors"));
        Files.copy(Golden.file("tokenizer.json"), target.resolve("tokenizer.json"));
        JsonObject json = Golden.json(file(name + "/config.json"));
        config.accept(json);
        Files.writeString(target.resolve("config.json"), json.toString());
        return target;
    }

    /** Rows of token ids, the id they are padded with, and what transformers gives for them. */
    @SuppressWarnings("ArrayRecordComponent") // numbers of a golden, read only
    record Rows(int[][] ids, int[][] types, int pad, double[][] logits, double[][] logits64) {
        PaddedBatch padded() {
            List<TokenizedExample> examples = new ArrayList<>();
            for (int i = 0; i < ids.length; i++) {
                examples.add(new TokenizedExample(i, ids[i], types[i], 0));
            }
            return PaddedBatch.of(examples, pad);
        }
    }

    static Rows rows(JsonElement json) {
        return new Gson().fromJson(json, Rows.class);
    }

    static List<Rows> batches(String name) {
        List<Rows> all = new ArrayList<>();
        JsonObject json = Golden.json(file(name + "/expected.json"));
        json.getAsJsonArray("batches").forEach(rows -> all.add(rows(rows)));
        return all;
    }
}
