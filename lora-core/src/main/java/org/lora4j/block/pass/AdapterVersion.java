/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.block.pass;

import java.util.List;

/**
 * One adapter of a tree, as opposed to its name, which another adapter may take over. A pass looks
 * up each layer's parts by it. Compared by identity.
 */
public final class AdapterVersion {
    private final String name;
    private final Readers readers = new Readers();
    private volatile boolean training;
    private volatile int virtualTokens;
    private volatile List<Integer> invocation = List.of();

    public AdapterVersion(String name) {
        this.name = name;
    }

    public String name() {
        return name;
    }

    public Readers readers() {
        return readers;
    }

    /** Returns whether a training changes it at the moment. */
    public boolean isTraining() {
        return training;
    }

    public void setTraining(boolean value) {
        training = value;
    }

    /** Returns how many virtual tokens its soft prompt has before each text; 0 for none. */
    public int virtualTokens() {
        return virtualTokens;
    }

    public void setVirtualTokens(int value) {
        virtualTokens = value;
    }

    /** Returns the tokens from which on its pairs act (aLoRA); none where they act on all. */
    public List<Integer> invocation() {
        return invocation;
    }

    public void setInvocation(List<Integer> value) {
        invocation = List.copyOf(value);
    }

    @Override
    public String toString() {
        return name;
    }
}
