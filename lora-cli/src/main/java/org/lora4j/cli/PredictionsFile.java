/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.cli;

import com.google.gson.JsonArray;
import com.google.gson.JsonObject;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import org.lora4j.hf.Prediction;
import org.lora4j.safetensors.AtomicFiles;

/** Writes predictions as JSON lines, in the order of the texts; the file appears whole. */
final class PredictionsFile {
    private PredictionsFile() {}

    static void write(Path file, List<Prediction> predictions) throws IOException {
        AtomicFiles.write(
                file,
                out -> {
                    for (Prediction prediction : predictions) {
                        String line = json(prediction) + "\n";
                        out.write(ByteBuffer.wrap(line.getBytes(StandardCharsets.UTF_8)));
                    }
                });
    }

    private static JsonObject json(Prediction prediction) {
        JsonObject json = new JsonObject();
        json.addProperty("label", prediction.label());
        JsonArray logits = new JsonArray();
        prediction.logits().forEach(value -> logits.add(Json.number(value)));
        json.add("logits", logits);
        return json;
    }
}
