/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.torch;

import static org.assertj.core.api.Assertions.assertThat;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.lora4j.torch.operation.Script;

final class ProductsTest {
    private static String cpuinfo(String vendor, int family, String flags) {
        return "processor\t: 0\nvendor_id\t: %s\ncpu family\t: %d\nmodel\t\t: 2\nflags\t\t: fpu %s sse\n"
                .formatted(vendor, family, flags);
    }

    @Test
    void oneDnnIsPreferredOnWideProcessorsOfAmd() {
        assertThat(Products.prefersDirect(cpuinfo("AuthenticAMD", 26, "avx512f"))).isTrue();
        assertThat(Products.prefersDirect(cpuinfo("AuthenticAMD", 25, "avx512f"))).isFalse();
        assertThat(Products.prefersDirect(cpuinfo("AuthenticAMD", 26, "avx2"))).isFalse();
        assertThat(Products.prefersDirect(cpuinfo("GenuineIntel", 26, "avx512f"))).isFalse();
        assertThat(Products.prefersDirect("")).isFalse();
    }

    /** What another processor would choose is right on this one too. */
    @ParameterizedTest
    @CsvSource({"32, 64, 96, true", "37, 129, 70, false", "256, 576, 192, true"})
    void bothWaysGiveTheSame(int rows, int in, int out, boolean bias) {
        try (NDManager manager = NDManager.newBaseManager();
                GradMode off = GradMode.off()) {
            NDArray x = drawn(manager, rows, in);
            NDArray w = drawn(manager, out, in);
            NDArray b = bias ? drawn(manager, 1, out).reshape(out) : null;
            NDArray g = drawn(manager, rows, out);
            NDArray before = drawn(manager, rows, in);
            assertNear(
                    Script.PARTS.array("linear", x, w, b, true),
                    Script.PARTS.array("linear", x, w, b, false));
            assertNear(
                    Script.PARTS.array("linear_back", g, w, null, true),
                    Script.PARTS.array("linear_back", g, w, null, false));
            assertNear(
                    Script.PARTS.array("linear_back", g, w, before.duplicate(), true),
                    Script.PARTS.array("linear_back", g, w, before.duplicate(), false));
            NDArray stored = drawn(manager, in, out).transpose();
            assertNear(
                    Script.PARTS.array("linear", x, stored, b, true),
                    Script.PARTS.array("linear", x, stored, b, false));
            assertNear(
                    Script.PARTS.array("linear_back", g, stored, null, true),
                    Script.PARTS.array("linear_back", g, stored, null, false));
        }
    }

    private static NDArray drawn(NDManager manager, long rows, long columns) {
        return manager.randomUniform(-1, 1, new Shape(rows, columns), DataType.FLOAT32);
    }

    private static void assertNear(NDArray found, NDArray wanted) {
        assertThat(found.getShape()).isEqualTo(wanted.getShape());
        float apart = found.sub(wanted).norm().getFloat();
        assertThat(apart).isLessThan(1e-5f * wanted.norm().getFloat());
    }
}
