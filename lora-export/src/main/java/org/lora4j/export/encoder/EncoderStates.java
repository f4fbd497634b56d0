/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.export.encoder;

/**
 * What a graph has computed of the texts.
 *
 * @param hidden the last layer's states [B, T, H]
 * @param mask 1 at tokens, 0 at padding: the input [B, T]
 * @param size H
 */
public record EncoderStates(String hidden, String mask, int size) {}
