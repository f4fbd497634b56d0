/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.torch;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;

/** What {@code losses.py} defines for Java. */
interface LossesScript {
    LossesScript OPS = Script.bind("losses.py", LossesScript.class);

    NDArray crossEntropySum(NDArray logits, NDArray labels);

    NDArray squaredErrorSum(NDArray x, NDArray y);

    NDArray crossEntropyValue(NDArray logits, NDArray labels);

    NDList crossEntropyGradient(NDArray logits, NDArray labels);
}
