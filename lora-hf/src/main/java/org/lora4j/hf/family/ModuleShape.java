/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.hf.family;

/**
 * A module that has parameters, as a configuration describes it.
 *
 * @param path its module path
 * @param kind what it is
 * @param inputs a linear layer's inputs, a table's entries, or 0
 * @param outputs the size of the last dimension of what it gives
 * @param parameters how many numbers it has
 */
public record ModuleShape(String path, Kind kind, long inputs, long outputs, long parameters) {
    /** Kinds of modules. */
    public enum Kind {
        /** A linear layer, which an adapter can be added to. */
        LINEAR,
        /** The linear layer that gives the model's result. */
        OUTPUT,
        /** A lookup table. */
        EMBEDDING,
        /** A normalisation, or another block with weights. */
        NORM
    }

    /** Returns how many of the numbers are a bias. */
    public long biases() {
        return switch (kind) {
            case LINEAR, OUTPUT ->
                    parameters == 0 ? 0 : parameters - Math.multiplyExact(inputs, outputs);
            case NORM -> parameters - outputs;
            case EMBEDDING -> 0;
        };
    }

    /** Returns whether it is a linear layer, the last one included. */
    public boolean isLinear() {
        return kind == Kind.LINEAR || kind == Kind.OUTPUT;
    }

    /** Returns whether a path is that of a module or of one below it. */
    static boolean isIn(String path, String module) {
        return path.equals(module) || path.startsWith(module + ".");
    }
}
