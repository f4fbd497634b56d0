/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.block;

/**
 * One adapter of a tree, as opposed to its name, which another adapter may take over: what a pass
 * asks each layer for. Compared by identity.
 */
public final class AdapterVersion {
    private final String name;
    private final Readers readers = new Readers();
    private volatile boolean training;

    AdapterVersion(String name) {
        this.name = name;
    }

    public String name() {
        return name;
    }

    Readers readers() {
        return readers;
    }

    /** Returns whether a training owns it at the moment. */
    boolean isTraining() {
        return training;
    }

    void setTraining(boolean value) {
        training = value;
    }

    @Override
    public String toString() {
        return name;
    }
}
