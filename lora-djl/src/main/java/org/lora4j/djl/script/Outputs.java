/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.djl.script;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.types.DataType;

/** Compares the outputs of two modules. */
final class Outputs {
    private Outputs() {}

    /** Returns whether outputs are equal; NaN equals NaN. */
    static boolean areEqual(NDList expected, NDList found) {
        if (expected.size() != found.size()) {
            return false;
        }
        for (int i = 0; i < expected.size(); i++) {
            if (!areEqual(expected.get(i), found.get(i))) {
                return false;
            }
        }
        return true;
    }

    private static boolean areEqual(NDArray expected, NDArray found) {
        if (!expected.getShape().equals(found.getShape())
                || expected.getDataType() != found.getDataType()) {
            return false;
        }
        if (expected.contentEquals(found)) {
            return true;
        }
        if (!expected.getDataType().isFloating()) {
            return false;
        }
        try (NDArray same = expected.eq(found);
                NDArray left = expected.neq(expected);
                NDArray right = found.neq(found);
                NDArray both = left.logicalAnd(right);
                NDArray all = same.logicalOr(both).all()) {
            return all.getBoolean();
        }
    }

    /** Describes the first difference. */
    static String difference(NDList expected, NDList found) {
        if (expected.size() != found.size()) {
            return "%d outputs instead of %d".formatted(found.size(), expected.size());
        }
        for (int i = 0; i < expected.size(); i++) {
            NDArray one = expected.get(i);
            NDArray other = found.get(i);
            if (!one.getShape().equals(other.getShape())) {
                return "output %d is %s instead of %s"
                        .formatted(i, other.getShape(), one.getShape());
            }
            if (!areEqual(one, other)) {
                try (NDArray wide = one.toType(DataType.FLOAT64, true);
                        NDArray otherWide = other.toType(DataType.FLOAT64, true);
                        NDArray gap = wide.sub(otherWide).abs().max()) {
                    return "output %d differs by up to %.3g".formatted(i, gap.getDouble());
                }
            }
        }
        return "none";
    }
}
