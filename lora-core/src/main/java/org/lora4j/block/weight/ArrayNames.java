/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.block.weight;

import ai.djl.ndarray.NDArray;
import ai.djl.nn.Parameter;

/** Keeps names with parameters and off their arrays. */
public final class ArrayNames {
    private ArrayNames() {}

    /**
     * Gives a parameter its array, which stays without a name: DJL matches an argument's name
     * against four patterns in every native call, a good part of what a small call costs.
     */
    public static void setUnnamed(Parameter parameter, NDArray array) {
        parameter.setArray(array);
        array.setName(null);
    }
}
