/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.hf.encoder;

import java.util.List;

/**
 * How the tensors of an encoder's checkpoints are named: with the model's name in front, or, for a
 * bare encoder, without; with gamma and beta for weight and bias in the oldest.
 *
 * @param model the model's name, such as "bert"
 * @param parts the names of its children
 */
public record CheckpointNames(String model, List<String> parts) {
    /** Copies the list. */
    public CheckpointNames {
        parts = List.copyOf(parts);
    }

    /**
     * Gives a tensor's name in the model.
     *
     * @param name its name in a file
     */
    public String rename(String name) {
        String current = name;
        if (name.endsWith(".gamma")) { // as released before transformers 0.4
            current = name.substring(0, name.length() - "gamma".length()) + "weight";
        } else if (name.endsWith(".beta")) {
            current = name.substring(0, name.length() - "beta".length()) + "bias";
        }
        String first = current.substring(0, Math.max(0, current.indexOf('.')));
        return parts.contains(first) ? model + "." + current : current;
    }
}
