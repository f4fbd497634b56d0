/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.core;

/** Which biases train beside the adapters; the names are loralib's and PEFT's. */
public enum Bias {
    /** No bias trains. */
    NONE,
    /** Every bias of the model trains. */
    ALL,
    /** Only the biases of the adapted layers train. */
    LORA_ONLY
}
