/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.train;

import com.google.gson.Gson;
import com.google.gson.JsonArray;
import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.Reader;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Objects;

/** Reads the goldens of torch and transformers. */
public final class Golden {
    private Golden() {}

    static <T> T read(String name, Class<T> type) {
        try (Reader reader =
                new InputStreamReader(
                        Objects.requireNonNull(
                                Golden.class.getResourceAsStream("/golden/optimizer/" + name)),
                        StandardCharsets.UTF_8)) {
            return new Gson().fromJson(reader, type);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    static float[] floats(JsonElement json) {
        double[] doubles = doubles(json);
        float[] floats = new float[doubles.length];
        for (int i = 0; i < floats.length; i++) {
            floats[i] = (float) doubles[i];
        }
        return floats;
    }

    static double[] doubles(JsonElement json) {
        JsonArray array = json.getAsJsonArray();
        double[] doubles = new double[array.size()];
        for (int i = 0; i < doubles.length; i++) {
            doubles[i] = array.get(i).getAsDouble();
        }
        return doubles;
    }

    static long[] longs(JsonElement json) {
        JsonArray array = json.getAsJsonArray();
        long[] longs = new long[array.size()];
        for (int i = 0; i < longs.length; i++) {
            longs[i] = array.get(i).getAsLong();
        }
        return longs;
    }

    static Map<String, float[]> tensors(JsonObject json) {
        Map<String, float[]> tensors = new LinkedHashMap<>();
        json.entrySet().forEach(entry -> tensors.put(entry.getKey(), floats(entry.getValue())));
        return tensors;
    }
}
