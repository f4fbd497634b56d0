/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.block;

/**
 * What opens the merged weights of a whole tree to passes at once: they are made layer by layer,
 * and a pass uses either all of them or none.
 */
public final class MergeGate {
    private final Readers readers = new Readers();

    public Readers readers() {
        return readers;
    }
}
