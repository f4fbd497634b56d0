/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.hf.modernbert;

import com.google.gson.JsonObject;
import java.io.IOException;
import org.lora4j.hf.model.ModelConfig;
import org.lora4j.hf.rotary.RotaryFrequencies;

/**
 * The rotary positions of layers that see a whole text and of those that see a window: each kind
 * has a θ and, by rope_parameters, a scaling of its own.
 */
public final class ModernBertRotary {
    private static final String PARAMETERS = "rope_parameters";
    private static final String SCALING = "rope_scaling";
    private static final String BASE = "rope_theta";

    private ModernBertRotary() {}

    /** Returns the positions of layers that see a whole text. */
    public static RotaryFrequencies ofWhole(ModelConfig config, int headDim) throws IOException {
        return of(config, headDim, "full_attention", "global_rope_theta", 160_000);
    }

    /** Returns the positions of layers that see a window. */
    public static RotaryFrequencies ofWindow(ModelConfig config, int headDim) throws IOException {
        return of(config, headDim, "sliding_attention", "local_rope_theta", 10_000);
    }

    private static RotaryFrequencies of(
            ModelConfig config, int headDim, String type, String baseKey, double base)
            throws IOException {
        ModelConfig all = config.section(PARAMETERS);
        ModelConfig own = all == null ? null : all.section(type);
        JsonObject settings = own == null ? new JsonObject() : own.json();
        ModelConfig scaling = config.section(SCALING);
        if (scaling != null) { // of older files: both kinds', and above what each says
            scaling.json().entrySet().forEach(e -> settings.add(e.getKey(), e.getValue()));
        }
        if (!settings.has(BASE)) {
            settings.addProperty(BASE, config.number(baseKey, base));
        }
        JsonObject json = config.json();
        json.remove(SCALING);
        json.add(PARAMETERS, settings);
        RotaryFrequencies found =
                RotaryFrequencies.of(ModelConfig.of(config.file(), json), headDim);
        if (found.dependsOnLength()) {
            throw ModelConfig.invalid(
                    "%s of %s depends on the length of a batch, which is not supported; expected"
                            + " default, linear, yarn or llama3",
                    "rope_type", type);
        }
        return found;
    }
}
