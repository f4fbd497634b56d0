/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.block;

/** A root block that has the context of its tree already, such as one with dropout layers. */
public interface LoraContextOwner {
    /** Returns the tree's context. */
    LoraContext loraContext();
}
