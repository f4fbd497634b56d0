/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.export.decoder;

import ai.djl.ndarray.NDArray;

/**
 * What an adapter adds to one weight: s·B·A, or its transpose where the weight is a table.
 *
 * @param module the module path
 * @param a A [r, in] of a linear layer, [r, entries] of a table
 * @param b B [out, r] of a linear layer, [width, r] of a table
 * @param scaling s
 */
public record LowRankPair(String module, NDArray a, NDArray b, double scaling) {
    long rank() {
        return a.getShape().get(0);
    }
}
