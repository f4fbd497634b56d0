/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.cli.file;

import com.google.gson.JsonArray;
import com.google.gson.JsonObject;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;
import java.util.function.Function;
import org.lora4j.cli.terminal.Json;
import org.lora4j.hf.Prediction;

/**
 * Writes predictions as JSON lines, in the order of the texts. The file appears when it is
 * complete.
 */
public final class PredictionsFile {
    private PredictionsFile() {}

    /**
     * Writes the predictions of a run as they are made.
     *
     * @param run receives the consumer of the predictions; its result is returned
     */
    public static <T> T write(Path file, Function<Consumer<Prediction>, T> run) throws IOException {
        List<T> result = new ArrayList<>();
        JsonLinesFile.write(
                file, lines -> result.add(run.apply(prediction -> lines.write(json(prediction)))));
        return result.get(0);
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
