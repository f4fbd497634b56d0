/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.train;

/** The rule by which gradients change what is trained. */
public enum OptimizerKind {
    /** Adam with decoupled weight decay, as torch.optim.AdamW. */
    ADAMW,
    /** Plain gradient descent with weight decay, as torch.optim.SGD without momentum. */
    SGD
}
