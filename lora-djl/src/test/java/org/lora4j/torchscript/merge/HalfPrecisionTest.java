/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.torchscript.merge;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

@Tag("once-per-jdk")
final class HalfPrecisionTest {
    @Test
    void halfPrecisionRoundsAsIeeeSays() {
        for (int bits = 0; bits < 1 << 16; bits++) {
            float value = HalfPrecision.fromHalf((short) bits);
            if (!Float.isNaN(value)) {
                assertThat(HalfPrecision.toHalf(value)).isEqualTo((short) bits);
                float next = HalfPrecision.fromHalf((short) (bits + 1));
                if ((bits & 0x7fff) < 0x7bff) {
                    // Ties to even, and a little more or less than the middle.
                    float middle = (value + next) / 2;
                    short even = (short) ((bits & 1) == 0 ? bits : bits + 1);
                    assertThat(HalfPrecision.toHalf(middle)).isEqualTo(even);
                }
            }
            float wide = HalfPrecision.fromBfloat16((short) bits);
            if (!Float.isNaN(wide)) {
                assertThat(HalfPrecision.toBfloat16(wide)).isEqualTo((short) bits);
            }
        }
        assertThat(HalfPrecision.toHalf(65519f)).isEqualTo((short) 0x7bff);
        assertThat(HalfPrecision.toHalf(65520f)).isEqualTo((short) 0x7c00);
        assertThat(HalfPrecision.toBfloat16(1.00390625f)).isEqualTo((short) 0x3f80);
    }
}
