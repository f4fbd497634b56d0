/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.hf.decoder;

/** The names of tensors in checkpoints of decoders with Llama's names. */
public final class DecoderNames {
    private DecoderNames() {}

    /** Gives a tensor's name in the model, also for a checkpoint of the model without its head. */
    public static String rename(String name) {
        return name.startsWith("model.") || name.startsWith("lm_head.") ? name : "model." + name;
    }
}
