/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.hf.rotary;

import java.io.IOException;
import java.util.List;
import org.lora4j.hf.model.ModelConfig;

/**
 * The frequencies of rotary position embeddings, by each scaling that configurations name.
 *
 * <p>A pair of channels i of a head is turned by the angle position · f[i], and cosine and sine are
 * multiplied by the attention factor. Source: Su et al., 2021 (arXiv:2104.09864), and the file
 * modeling_rope_utils.py of transformers 5, whose float32 arithmetic is followed operation by
 * operation. Immutable.
 */
public sealed interface RotaryFrequencies
        permits LinearRotary, DynamicRotary, YarnRotary, LongRotary, Llama3Rotary {

    /**
     * Returns f, the inverse frequencies, in float32.
     *
     * @param length the longest sequence, that is the highest position + 1; at least 1
     * @return one for each turned pair of channels, a new array
     */
    float[] inverse(int length);

    /** Returns the number by which cosine and sine are multiplied, 1 for most scalings. */
    default double attentionFactor() {
        return 1;
    }

    /** Returns the configured number of channels of a head that are turned. */
    int dim();

    /** Returns the number of channels of a head that are turned, the first ones; even. */
    default int channels() {
        return 2 * ((dim() + 1) / 2);
    }

    /** Returns whether {@link #inverse} depends on the length. */
    default boolean dependsOnLength() {
        return false;
    }

    /** Returns whether sequences may be longer than max_position_embeddings. */
    default boolean isUnbounded() {
        return false;
    }

    /**
     * Returns whether all tokens of a sequence that grows to a length are turned otherwise than
     * before. Frequencies that change with every length do not count: as in transformers, a token
     * keeps the turn that it had when it was read.
     *
     * @param length the tokens of the sequence
     */
    default boolean changesAt(int length) {
        return false;
    }

    /**
     * Reads the scaling of a configuration: rope_scaling or rope_parameters (with "rope_type" or,
     * before transformers 4.45, "type"), rope_theta and partial_rotary_factor within it or beside
     * it.
     *
     * <p>Types: default, linear, dynamic (NTK), yarn, longrope (in Phi-3 also named su or yarn) and
     * llama3. An absent rope_theta is 10,000.
     *
     * @param config config.json
     * @param headDim the channels of a head
     * @throws IOException if the type is not one of these, or one of its numbers is missing or
     *     makes no sense
     */
    static RotaryFrequencies of(ModelConfig config, int headDim) throws IOException {
        RopeSettings settings = RopeSettings.read(config, headDim);
        return switch (settings.type()) {
            case "default" -> new LinearRotary(settings.base(), settings.dim(), 1);
            case "linear" -> LinearRotary.of(settings);
            case "dynamic" -> DynamicRotary.of(settings);
            case "yarn" -> YarnRotary.of(settings);
            case "longrope" -> LongRotary.of(settings);
            case "llama3" -> Llama3Rotary.of(settings);
            default ->
                    throw ModelConfig.invalid(
                            "rope_type \"%s\" is not supported; expected one of %s",
                            settings.type(),
                            List.of("default", "linear", "dynamic", "yarn", "longrope", "llama3"));
        };
    }
}
