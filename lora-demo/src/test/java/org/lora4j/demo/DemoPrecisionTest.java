/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.demo;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.lora4j.torch.TensorDtype;

class DemoPrecisionTest {
    @Test
    void itRunsInBfloat16WhereTheProcessorMultipliesInIt() {
        assertThat(DemoPrecision.of("flags : fpu avx512f avx512_bf16 vme"))
                .isEqualTo(TensorDtype.BF16);
        assertThat(DemoPrecision.of("flags : fpu avx512f")).isEqualTo(TensorDtype.F32);
    }
}
