/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.hf.decoder;

import com.google.gson.JsonArray;
import com.google.gson.JsonElement;
import java.io.IOException;
import java.util.List;
import org.lora4j.hf.model.ModelConfig;

/** Which layers see only the positions of a sliding window: layer_types and sliding_window. */
public final class SlidingWindows {
    private static final String KEY = "sliding_window";
    private static final List<String> TYPES = List.of("full_attention", "sliding_attention");

    private SlidingWindows() {}

    /**
     * Reads sliding_window.
     *
     * @param config config.json
     * @param otherwise what an absent value means; a null one means none
     * @return the positions that are seen, a position's own included, or 0 for all
     * @throws IOException if it is not a number of at least 1
     */
    public static int size(ModelConfig config, int otherwise) throws IOException {
        if (config.has(KEY)) {
            return config.positive(KEY);
        }
        return config.json().has(KEY) ? 0 : otherwise;
    }

    /**
     * Returns the window of a layer.
     *
     * @param config config.json
     * @param layer the layer's index
     * @param window the window of the layers that have one, 0 where the configuration has none
     * @param otherwise whether the layer has one, where there is no layer_types
     * @return the window, or 0
     * @throws IOException if layer_types does not say a known type for the layer, or one with a
     *     window where there is none
     */
    public static int of(ModelConfig config, int layer, int window, boolean otherwise)
            throws IOException {
        if (!config.has("layer_types")) {
            return otherwise ? required(window, layer) : 0;
        }
        JsonElement types = config.json().get("layer_types");
        if (types instanceof JsonArray array && layer < array.size()) {
            JsonElement type = array.get(layer);
            if (type.isJsonPrimitive() && TYPES.contains(type.getAsString())) {
                return type.getAsString().equals("sliding_attention") ? required(window, layer) : 0;
            }
        }
        throw ModelConfig.invalid(
                "layer_types does not say for layer %s one of %s; found %s", layer, TYPES, types);
    }

    private static int required(int window, int layer) throws IOException {
        if (window == 0) {
            throw ModelConfig.invalid(
                    "layer %s has a sliding window, but %s is null or switched off; expected its"
                            + " size",
                    layer, KEY);
        }
        return window;
    }
}
