/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.core;

/** The precision in which the low-rank product B(A(x)) is computed. */
public enum DeltaDtype {
    /** The dtype of the activation, the default: no copy of the input is made. */
    ACTIVATION,
    /** float32, as PEFT does: x is cast up, the sum is formed in float32 and cast once. */
    FLOAT32
}
