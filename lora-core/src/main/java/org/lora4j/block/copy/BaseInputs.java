/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.block.copy;

import ai.djl.ndarray.types.Shape;
import ai.djl.nn.Block;
import java.util.List;
import java.util.stream.IntStream;

/**
 * The shapes and names of the inputs of a base block, which the block in its place reports as its
 * own.
 *
 * <p>A block that was loaded and not initialised may have shapes without names, and one from an
 * early version of DJL's format has neither.
 */
public final class BaseInputs {
    private BaseInputs() {}

    /** Returns a base's input shapes; empty if it does not know them. */
    public static Shape[] shapes(Block base) {
        return base.isInitialized() ? base.getInputShapes() : new Shape[0];
    }

    /** Returns as many names as {@link #shapes}: those of the base, else the ones DJL gives. */
    public static List<String> names(Block base) {
        int count = shapes(base).length;
        if (count > 0) {
            try {
                List<String> names = base.describeInput().keys();
                if (names.size() == count) {
                    return names;
                }
            } catch (IllegalArgumentException e) {
                // DJL's answer for a block without names: they do not match the shapes
            }
        }
        return IntStream.range(0, count).mapToObj(i -> "data" + i).toList();
    }
}
