/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.block;

import static org.assertj.core.api.Assertions.assertThat;

import ai.djl.nn.Block;
import ai.djl.nn.Parameter;
import ai.djl.util.Pair;
import java.util.LinkedHashMap;
import java.util.Map;

/** Every number of a block, to show that nothing wrote it. */
public final class Values {
    private Values() {}

    public static Map<String, float[]> of(Block block) {
        Map<String, float[]> values = new LinkedHashMap<>();
        for (Pair<String, Parameter> entry : block.getParameters()) {
            values.put(entry.getKey(), entry.getValue().getArray().toFloatArray());
        }
        return values;
    }

    public static void assertSame(Block block, Map<String, float[]> before) {
        Map<String, float[]> now = of(block);
        assertThat(now.keySet()).isEqualTo(before.keySet());
        now.forEach(
                (name, values) -> assertThat(values).as(name).containsExactly(before.get(name)));
    }
}
