/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.adapter;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;

/**
 * An adapter that PEFT can read asks for something that this library does not do. Ignoring it would
 * give wrong numbers, so it is refused, with all such features in one exception.
 */
public final class UnsupportedAdapterException extends IOException {
    private final List<String> features;

    /**
     * Creates the exception.
     *
     * @param file the file that asks for them
     * @param features each with its key and value; at least one
     */
    public UnsupportedAdapterException(Path file, List<String> features) {
        super(file + " asks for what lora4j does not support: " + String.join("; ", features));
        this.features = List.copyOf(features);
    }

    /**
     * Returns every unsupported feature.
     *
     * @return one phrase each
     */
    public List<String> features() {
        return features;
    }
}
