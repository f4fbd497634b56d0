/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.block.weight;

import ai.djl.Device;
import ai.djl.ndarray.NDArray;
import ai.djl.nn.Parameter;
import ai.djl.training.ParameterStore;
import org.jspecify.annotations.Nullable;

/**
 * A parameter store that replaces the arrays of some parameters, so that an unchanged base block
 * runs on others. It lives for one forward pass.
 */
public final class SubstituteStore extends ParameterStore {
    private final ParameterStore store;
    private final Lookup lookup;

    public SubstituteStore(ParameterStore store, Lookup lookup) {
        super(store.getManager(), false);
        this.store = store;
        this.lookup = lookup;
    }

    @Override
    @SuppressWarnings("NullAway") // DJL asks for optional parameters with null and gets null
    public NDArray getValue(Parameter parameter, Device device, boolean training) {
        NDArray other = parameter == null ? null : lookup.find(parameter, device, training);
        return other == null ? store.getValue(parameter, device, training) : other;
    }

    /** Returns the array that replaces a parameter, here or in the store below, or null. */
    @Nullable NDArray substitute(Parameter parameter, Device device, boolean training) {
        NDArray other = lookup.find(parameter, device, training);
        return other == null && store instanceof SubstituteStore below
                ? below.substitute(parameter, device, training)
                : other;
    }

    /** Finds the array that replaces a parameter. */
    public interface Lookup {
        /** Returns the array, or null if the parameter keeps its own. */
        @Nullable NDArray find(Parameter parameter, Device device, boolean training);
    }
}
