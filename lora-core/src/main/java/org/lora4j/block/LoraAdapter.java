/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.block;

import ai.djl.Device;
import ai.djl.ndarray.NDArray;
import ai.djl.nn.Parameter;
import ai.djl.training.ParameterStore;
import org.jspecify.annotations.Nullable;

/**
 * One adapter on one layer: the pair A, B and its numbers.
 *
 * <p>A and B are DJL parameters, so DJL's trainers and ours see them. Forward passes that do not
 * train read them detached: nothing is recorded on threads that serve.
 */
public final class LoraAdapter {
    private final String name;
    private final AdapterSpec spec;
    private final Parameter a;
    private final Parameter b;
    private volatile @Nullable Detached detached;

    LoraAdapter(String name, AdapterSpec spec, Parameter a, Parameter b) {
        this.name = name;
        this.spec = spec;
        this.a = a;
        this.b = b;
    }

    /** Returns the adapter's name. */
    public String name() {
        return name;
    }

    /** Returns the adapter's numbers. */
    public AdapterSpec spec() {
        return spec;
    }

    /** Returns A; [r, in] for a linear layer. */
    public Parameter a() {
        return a;
    }

    /** Returns B; [out, r] for a linear layer. */
    public Parameter b() {
        return b;
    }

    /**
     * Returns A and B for a forward pass.
     *
     * @param store where a training pass looks parameters up
     * @param device where the activation is
     * @param training whether gradients may be asked for
     */
    Pair arrays(ParameterStore store, Device device, boolean training) {
        if (training || !a.getArray().getDevice().equals(device)) {
            return new Pair(
                    store.getValue(a, device, training), store.getValue(b, device, training));
        }
        Detached seen = detached;
        if (seen == null || seen.ofA != a.getArray() || seen.ofB != b.getArray()) {
            seen = detach();
        }
        return seen.pair;
    }

    private synchronized Detached detach() {
        NDArray fromA = a.getArray();
        NDArray fromB = b.getArray();
        Detached made =
                new Detached(fromA, fromB, new Pair(fromA.stopGradient(), fromB.stopGradient()));
        detached = made;
        return made;
    }

    void close() {
        Detached seen = detached;
        if (seen != null) {
            seen.pair.a.close();
            seen.pair.b.close();
            detached = null;
        }
        a.close();
        b.close();
    }

    /** The two arrays of an adapter. */
    record Pair(NDArray a, NDArray b) {}

    /** Views without gradients of the arrays that they were made from. */
    private record Detached(NDArray ofA, NDArray ofB, Pair pair) {}
}
