/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.djl;

import ai.djl.nn.Block;

/** A block that lets its children be replaced, so that no reflection is needed. */
public interface ReplaceableChildren {
    /**
     * Puts one block in another's place, under the same name.
     *
     * @param child a child of this block
     * @param replacement what takes its place
     * @throws IllegalArgumentException if there is no such child or the replacement has a type that
     *     does not fit
     */
    void replaceChild(Block child, Block replacement);

    /**
     * Returns whether the names of the children are parts of their paths, as by default. Otherwise
     * there is one child, and it is found at this block's own path.
     */
    default boolean namesChildren() {
        return true;
    }
}
