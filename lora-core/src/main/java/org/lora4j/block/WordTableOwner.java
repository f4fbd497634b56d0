/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.block;

/** A root block that knows its model's word table. */
public interface WordTableOwner {
    /** Returns the path of the word table. */
    String wordTablePath();

    /** Returns what the model multiplies word vectors by. */
    default double wordScale() {
        return 1;
    }
}
