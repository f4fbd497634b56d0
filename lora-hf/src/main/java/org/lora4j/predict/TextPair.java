/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.predict;

import java.util.Objects;

/**
 * Two texts that a model reads together.
 *
 * @param first the first, such as a query
 * @param second the second, such as a document
 */
public record TextPair(String first, String second) {
    /** Refuses null. */
    public TextPair {
        Objects.requireNonNull(first, "the first text is null");
        Objects.requireNonNull(second, "the second text is null");
    }
}
