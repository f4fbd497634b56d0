/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.generate;

import com.google.gson.Gson;
import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import java.io.IOException;
import java.net.URISyntaxException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import org.lora4j.hf.DecoderGolden;
import org.lora4j.hf.LoraModel;
import org.lora4j.hf.Task;

/** Texts that transformers made of prompts with the tiny decoders, always taking the best token. */
public record GenerationGolden(
        String name,
        String model,
        String rope,
        int positions,
        int maxNewTokens,
        int[][] prompts,
        int[][] generated,
        double[][] margins,
        int[][] adapted,
        double[][] adaptedMargins) {

    static List<GenerationGolden> all() {
        try {
            Path file =
                    Path.of(
                            Objects.requireNonNull(
                                            GenerationGolden.class.getResource(
                                                    "/golden/generation/greedy.json"))
                                    .toURI());
            return Arrays.asList(
                    new Gson().fromJson(Files.readString(file), GenerationGolden[].class));
        } catch (IOException | URISyntaxException e) {
            throw new IllegalStateException(e);
        }
    }

    LoraModel load(Path folder) throws IOException {
        return rope == null
                ? DecoderGolden.load(folder, model)
                : variant(folder, model, rope, positions);
    }

    /** One of the tiny decoders with other rotary positions. */
    public static LoraModel variant(Path folder, String name, String rope, int positions)
            throws IOException {
        Path directory = DecoderGolden.model(folder, name);
        Path file = directory.resolve("config.json");
        JsonObject config = JsonParser.parseString(Files.readString(file)).getAsJsonObject();
        JsonObject parameters = JsonParser.parseString(rope).getAsJsonObject();
        config.add("rope_parameters", parameters);
        config.addProperty("max_position_embeddings", positions);
        if (parameters.has("original_max_position_embeddings")) {
            config.add(
                    "original_max_position_embeddings",
                    parameters.get("original_max_position_embeddings"));
        }
        Files.writeString(file, config.toString());
        return LoraModel.load(directory, Task.causalLanguageModel());
    }

    @Override
    public String toString() {
        return name;
    }
}
