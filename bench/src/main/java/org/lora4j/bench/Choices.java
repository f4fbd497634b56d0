/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.bench;

import org.lora4j.core.AdapterConfig;
import org.lora4j.core.Ia3Config;
import org.lora4j.core.Init;
import org.lora4j.core.LoraConfig;
import org.lora4j.core.LoraConfigBuilder;
import org.lora4j.core.SoftPromptConfig;
import org.lora4j.hf.LoadOptions;
import org.lora4j.hf.model.Quantization;
import org.lora4j.torch.TensorDtype;

/**
 * What runs of several methods differ in, by system properties: {@code method} is lora (of rank 16
 * on all linear layers, the default), rslora, dora, pissa, ia3 or prompt (of 20 tokens), {@code
 * bits} 4 or 8 where the base is packed.
 */
final class Choices {
    private static final int RANK = 16;
    private static final int ALPHA = 32;
    private static final int VIRTUAL_TOKENS = 20;

    private Choices() {}

    static AdapterConfig adapter() {
        LoraConfigBuilder lora =
                LoraConfig.builder().setRank(RANK).setAlpha(ALPHA).optTargetModules("all-linear");
        String method = System.getProperty("method", "lora");
        return switch (method) {
            case "lora" -> lora.build();
            case "rslora" -> lora.optRslora(true).build();
            case "dora" -> lora.optDora(true).build();
            case "pissa" -> lora.optInit(Init.PISSA).optInitIterations(4).build();
            case "ia3" -> Ia3Config.builder().build();
            case "prompt" -> SoftPromptConfig.random(VIRTUAL_TOKENS);
            default -> throw new IllegalArgumentException("no method " + method);
        };
    }

    static LoadOptions options(String dtype) {
        LoadOptions options = LoadOptions.defaults().withDtype(TensorDtype.valueOf(dtype));
        String bits = System.getProperty("bits", "");
        return switch (bits) {
            case "" -> options;
            case "4" -> options.withQuantization(Quantization.nf4());
            case "8" -> options.withQuantization(Quantization.int8());
            default -> throw new IllegalArgumentException("no base in " + bits + " bits");
        };
    }
}
