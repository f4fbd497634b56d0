/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.core;

/**
 * One module of a model, as matching sees it.
 *
 * @param path the full path, "encoder.layer.0.attention.self.query"; empty for the model itself,
 *     which is never matched
 * @param linear whether it is a linear layer, for "all-linear"
 * @param layer whether it is a layer of any kind that can be adapted, or a weight that is adapted
 *     by itself, for "all-layers"
 * @param outputHead whether it computes the model's output (the vocabulary projection or the
 *     classifier), which "all-linear" and "all-layers" leave alone
 */
public record Candidate(String path, boolean linear, boolean layer, boolean outputHead) {
    /**
     * A linear layer, or a module that is no layer.
     *
     * @param path the full path
     * @param linear whether it is a linear layer
     * @param outputHead whether it computes the model's output
     */
    public Candidate(String path, boolean linear, boolean outputHead) {
        this(path, linear, linear, outputHead);
    }
}
