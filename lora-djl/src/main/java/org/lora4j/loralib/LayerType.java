/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.loralib;

import java.util.Arrays;
import java.util.Locale;

/** The layers of loralib 0.1.2 (loralib/layers.py), which differ in what A and B mean. */
public enum LayerType {
    /** A (r, in), B (out, r); the weight is (out, in), or (in, out) with fan_in_fan_out. */
    LINEAR,
    /** A (r, vocabulary), B (width, r); the weight is (vocabulary, width). */
    EMBEDDING,
    /**
     * A (r·g, in), B (out/n·g, r) for g enabled of n equal slices of a fused projection: each
     * enabled slice has a product of its own.
     */
    MERGED_LINEAR,
    /**
     * A (r·k, in·k), B (out/groups·k, r·k) for a square kernel k; their product is read as (out,
     * in/groups, k, k).
     */
    CONV;

    /**
     * Reads a type's name as the command line has it.
     *
     * @param name linear, embedding, merged-linear or conv
     * @return the type
     * @throws IllegalArgumentException if it is none of them
     */
    public static LayerType parse(String name) {
        for (LayerType type : values()) {
            if (type.toString().equals(name)) {
                return type;
            }
        }
        throw new IllegalArgumentException(
                "layer type: expected one of " + Arrays.toString(values()) + ", found " + name);
    }

    /**
     * Returns the name on the command line.
     *
     * @return such as merged-linear
     */
    @Override
    public String toString() {
        return name().toLowerCase(Locale.ROOT).replace('_', '-');
    }
}
