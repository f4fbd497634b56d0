/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.block.part;

import ai.djl.nn.Parameter;
import java.util.Map;

/** What one adapter has on one host. */
public sealed interface Part permits TokenPart, Ia3Part, PromptPart {
    /** Returns the tensors by PEFT's suffix. */
    Map<String, Parameter> tensors();

    /** Returns the numbers that a training depends on beside the tensors, in words. */
    String numbers();

    void close();
}
