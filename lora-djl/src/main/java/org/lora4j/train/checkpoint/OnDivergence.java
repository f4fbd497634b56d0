/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.train.checkpoint;

/** What a training does when its loss or gradients become NaN or infinite. */
public enum OnDivergence {
    /** It ends with an exception. */
    STOP,
    /**
     * It goes back to its last checkpoint and on from there at half the learning rate; after five
     * times it ends with the exception.
     */
    ROLLBACK
}
