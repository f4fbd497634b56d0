/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.hf.decoder;

/**
 * What some families do to the first and the last numbers of a decoder.
 *
 * @param embedding what word vectors are multiplied by, 1 for most
 * @param logitCap c of logits c tanh(logit / c), 0 for none
 */
public record OutputScales(double embedding, double logitCap) {
    /** Neither. */
    public static final OutputScales NONE = new OutputScales(1, 0);
}
