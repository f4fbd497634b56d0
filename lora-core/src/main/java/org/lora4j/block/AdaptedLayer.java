/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.block;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import org.lora4j.block.form.AdapterInit;
import org.lora4j.block.form.AdapterSpec;
import org.lora4j.block.form.LoraAdapter;

/**
 * A layer with a frozen weight W0 and low-rank corrections: Y = f(X; W0 + Σ wᵢ sᵢ Bᵢ Aᵢ) over the
 * active adapters.
 */
public interface AdaptedLayer extends BiasHost {
    /** Returns the kind of layer, such as "Linear". */
    String kind();

    /** Returns the frozen weight W0; the base's owner keeps it. */
    NDArray weight();

    /** Returns the shape of the weight that is adapted. */
    default Shape weightShape() {
        return weight().getShape();
    }

    /**
     * Returns an adapter.
     *
     * @param name its name
     */
    Optional<LoraAdapter> adapter(String name);

    /**
     * Adds an adapter that changes nothing yet: its B is zero (for embeddings, its A).
     *
     * @param name a name that the layer does not carry
     * @param spec its numbers
     * @return the adapter
     * @throws IllegalArgumentException if the name is taken or the rank is less than 1
     */
    default LoraAdapter addAdapter(String name, AdapterSpec spec) {
        return addAdapter(name, spec, AdapterInit.DRAWN);
    }

    /**
     * Adds an adapter.
     *
     * @param name a name that the layer does not carry
     * @param spec its numbers
     * @param init makes its matrices
     * @return the adapter
     * @throws IllegalArgumentException if the name is taken or the adapter does not fit the layer
     */
    LoraAdapter addAdapter(String name, AdapterSpec spec, AdapterInit init);

    /**
     * Returns an adapter's tensors as PEFT's files hold them, by suffix: the arrays of {@link
     * #tensors} or, where PEFT has another form of the same effect, new ones. The rank of that form
     * is the first dimension of A; the scaling is the same.
     *
     * @param manager who owns arrays that are made for it
     * @param adapter an adapter's name
     * @return the arrays in PEFT's order; empty if the layer does not carry the adapter
     * @throws UnsupportedOperationException if PEFT's files have no form of the same effect
     */
    default Map<String, NDArray> exported(NDManager manager, String adapter) {
        Map<String, NDArray> arrays = new LinkedHashMap<>();
        tensors(adapter).forEach((suffix, tensor) -> arrays.put(suffix, tensor.getArray()));
        return arrays;
    }

    /**
     * Returns an adapter's tensors as those of a plain adapter on W0: {@link #exported} or, where
     * the adapter takes what it began with off W0, A and B of rank 2r, whose product is B·A -
     * B0·A0.
     *
     * @param manager who owns arrays that are made for it
     * @param adapter an adapter's name
     * @return the arrays in PEFT's order; empty if the layer does not carry the adapter
     * @throws UnsupportedOperationException if PEFT's files have no form of the same effect
     */
    default Map<String, NDArray> exportedAsLora(NDManager manager, String adapter) {
        Map<String, NDArray> arrays = exported(manager, adapter);
        adapter(adapter).ifPresent(carried -> carried.addOrigin(manager, arrays));
        return arrays;
    }

    /**
     * Returns the change of W0 that an adapter alone makes, s·B·A without DoRA, shaped as the
     * weight, in float32.
     *
     * @param manager who owns the result
     * @param adapter the adapter's name
     * @throws IllegalArgumentException if the layer does not carry the adapter
     */
    NDArray delta(NDManager manager, String adapter);

    /**
     * Forms W0 + Σ wᵢ sᵢ Bᵢ Aᵢ for some adapters beside W0 and uses it in inference with that
     * selection; W0 is not touched, so {@link #unmerge} is exact. Costs a copy of the weight.
     * Merging again, or with no adapter, forms the sum anew.
     *
     * @param selection the adapters, and with what weight
     * @throws IllegalStateException if a number of the sum is NaN or infinite; the layer is
     *     unmerged then
     */
    void merge(AdapterSelection selection);

    /**
     * Merges the adapters that are active by default, as {@link #merge(AdapterSelection)} does; a
     * scope of the calling thread is ignored.
     */
    default void merge() {
        merge(context().active().getDefault());
    }

    /**
     * Drops the merged weight. Its memory is freed when the last thread that reads it has finished.
     */
    void unmerge();

    /** Returns whether a merged weight is held. */
    boolean isMerged();
}
