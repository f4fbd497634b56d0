/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.hf.rotary;

import com.google.gson.JsonElement;
import java.io.IOException;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.lora4j.hf.model.ModelConfig;

/**
 * A configuration's rotary settings, standardised as transformers does.
 *
 * @param config the whole configuration
 * @param scaling its section rope_scaling or rope_parameters, or null
 * @param type the scaling's name
 * @param base θ, rope_theta
 * @param dim the channels of a head that are turned; an odd number is rounded up when they are
 *     paired
 */
record RopeSettings(
        ModelConfig config, @Nullable ModelConfig scaling, String type, double base, int dim) {
    private static final String ORIGINAL = "original_max_position_embeddings";

    /** What Phi3Config has where the file says nothing. */
    private static final int PHI3_ORIGINAL = 4096;

    static RopeSettings read(ModelConfig config, int headDim) throws IOException {
        ModelConfig scaling = config.section("rope_scaling");
        if (scaling == null || scaling.json().isEmpty()) {
            scaling = config.section("rope_parameters");
        }
        if (scaling != null) {
            refuseNested(scaling);
        }
        double base = number(config, scaling, "rope_theta", 10_000);
        String type = type(config, scaling);
        double part = part(config, scaling, type);
        int dim = (int) (headDim * part);
        if (!(base > 0)) {
            throw ModelConfig.invalid("rope_theta is %s; expected above 0", base);
        }
        if (!(part > 0 && part <= 1) || dim < 1) {
            throw ModelConfig.invalid(
                    "partial_rotary_factor is %s of heads of %s; expected above 0, at most 1, and"
                            + " one channel at least",
                    part, headDim);
        }
        if (dim == headDim && dim % 2 != 0) {
            throw ModelConfig.invalid(
                    "heads have %s channels, which rotary positions turn in pairs; expected an even"
                            + " number",
                    headDim);
        }
        return new RopeSettings(config, scaling, type, base, dim);
    }

    /** Only Phi-3 turns a part of a head: without scaling, transformers' other models ignore it. */
    private static double part(ModelConfig config, @Nullable ModelConfig scaling, String type)
            throws IOException {
        double part = number(config, scaling, "partial_rotary_factor", 1);
        if (isPhi3(config) || !(part > 0 && part < 1)) { // what makes no sense is named later
            return part;
        }
        if (type.equals("default")) {
            return 1;
        }
        throw ModelConfig.invalid(
                "partial_rotary_factor is %s with rope_type \"%s\", which the family does not"
                        + " support; expected 1",
                part, type);
    }

    private static String type(ModelConfig config, @Nullable ModelConfig scaling)
            throws IOException {
        if (scaling == null) {
            return "default";
        }
        String type = scaling.string("rope_type", scaling.string("type", "default"));
        boolean oldName = type.equals("su") || (type.equals("yarn") && isPhi3(config));
        return oldName ? "longrope" : type;
    }

    private static boolean isPhi3(ModelConfig config) throws IOException {
        return config.string("model_type", "").equals("phi3");
    }

    private static double number(
            ModelConfig config, @Nullable ModelConfig scaling, String key, double otherwise)
            throws IOException {
        double outside = config.number(key, otherwise);
        return scaling == null ? outside : scaling.number(key, outside);
    }

    private static void refuseNested(ModelConfig scaling) throws IOException {
        for (Map.Entry<String, JsonElement> entry : scaling.json().entrySet()) {
            if (entry.getValue().isJsonObject()) {
                throw ModelConfig.invalid(
                        "rope_parameters has settings of its own for \"%s\", which is not"
                                + " supported; expected one set for all layers",
                        entry.getKey());
            }
        }
    }

    /** Returns the section that a type with numbers of its own needs. */
    ModelConfig section() throws IOException {
        if (scaling == null) {
            throw ModelConfig.invalid("rope_scaling is missing");
        }
        return scaling;
    }

    /** Returns the type's required factor. */
    double factor() throws IOException {
        return positive(section().number("factor"), "factor");
    }

    /** Returns the factor, by default that of the longest length to the original one. */
    double factorOr(int original) throws IOException {
        return section().has("factor")
                ? factor()
                : (double) config.positive("max_position_embeddings") / original;
    }

    /** Returns the length before scaling; a value beside the section wins, as in transformers. */
    int original() throws IOException {
        if (config.has(ORIGINAL)) {
            return config.positive(ORIGINAL);
        }
        if (isPhi3(config)) {
            return PHI3_ORIGINAL;
        }
        return section().has(ORIGINAL)
                ? section().positive(ORIGINAL)
                : config.positive("max_position_embeddings");
    }

    /** Returns the number of pairs of channels that are turned. */
    int pairs() {
        return (dim + 1) / 2;
    }

    double positive(double value, String key) throws IOException {
        if (!(value > 0)) {
            throw ModelConfig.invalid(
                    "%s of rope type %s is %s; expected above 0", key, type, value);
        }
        return value;
    }
}
