/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.hf.decoder;

/**
 * What a decoder's modules are called.
 *
 * @param body the model without its head
 * @param words its word table
 * @param layers its list of layers
 */
public record DecoderNames(String body, String words, String layers) {
    /** Llama's, which most families have. */
    public static final DecoderNames LLAMA = new DecoderNames("model", "embed_tokens", "layers");
}
