/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.examples;

import static org.assertj.core.api.Assertions.assertThat;

import ai.djl.Model;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import ai.djl.nn.SequentialBlock;
import ai.djl.nn.core.Linear;
import org.junit.jupiter.api.Test;
import org.lora4j.core.Bias;
import org.lora4j.core.LoraConfig;
import org.lora4j.djl.Injection;
import org.lora4j.djl.Lora;

/** The code that the pages about DJL models show. */
final class InjectSnippetsTest {
    @Test
    void anyModelTakesAnAdapter() {
        LoraConfig config =
                LoraConfig.builder().setRank(2).setAlpha(5).optTargetModules("all-linear").build();
        try (Model model = Model.newInstance("any");
                NDManager manager = NDManager.newBaseManager()) {
            SequentialBlock block = new SequentialBlock().add(Linear.builder().setUnits(3).build());
            block.initialize(manager, DataType.FLOAT32, new Shape(4, 5));
            model.setBlock(block);
            // snippet: inject
            Injection injection = Lora.inject(model, config);
            Lora.markOnlyLoraAsTrainable(model.getBlock(), Bias.NONE);
            // end
            assertThat(injection.parameterCount()).isEqualTo(2 * (5 + 3));
        }
    }
}
