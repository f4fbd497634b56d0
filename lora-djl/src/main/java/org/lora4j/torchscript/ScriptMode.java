/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.torchscript;

/** Where an adapter's term enters the code. */
public enum ScriptMode {
    /**
     * At the layer's call: y + s·(x·Aᵀ)·Bᵀ. It costs what PEFT's layers cost, and knows LoRA's
     * dropout.
     */
    ACTIVATION,
    /**
     * Where the weight is read: W + s·B·A. It suits whatever the code does with the weight, costs a
     * temporary of W's size, and has no LoRA dropout.
     */
    WEIGHT
}
