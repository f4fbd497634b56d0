/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.block;

/** A root block that brings the context its adapters are to share, such as one with dropouts. */
public interface LoraContextOwner {
    /** Returns the tree's context. */
    LoraContext loraContext();
}
