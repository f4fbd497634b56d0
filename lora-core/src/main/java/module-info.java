/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
/**
 * The LoRA blocks and their configuration, on DJL and without a particular engine.
 *
 * <p>{@link org.lora4j.core.LoraConfig} says what is adapted, {@link org.lora4j.block.AdaptedLayer}
 * is what an adapted layer offers.
 */
@SuppressWarnings({"requires-automatic", "requires-transitive-automatic"})
module org.lora4j.core {
    requires static transitive org.jspecify;
    requires transitive ai.djl.api;
    requires org.slf4j;

    exports org.lora4j.core;
    exports org.lora4j.core.variant;
    exports org.lora4j.block;
    exports org.lora4j.block.form;
    exports org.lora4j.block.layer;
    exports org.lora4j.block.part;
    exports org.lora4j.block.copy to
            org.lora4j.djl,
            org.lora4j.hf;
    exports org.lora4j.block.kernels to
            org.lora4j.djl,
            org.lora4j.hf;
    exports org.lora4j.block.pass to
            org.lora4j.djl,
            org.lora4j.hf;
    exports org.lora4j.block.random to
            org.lora4j.djl,
            org.lora4j.hf;
    exports org.lora4j.block.weight to
            org.lora4j.djl,
            org.lora4j.hf;
}
