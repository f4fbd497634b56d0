/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.block.part;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.nn.Block;
import ai.djl.nn.Parameter;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;
import org.lora4j.block.AdapterHost;
import org.lora4j.block.LoraContext;

/**
 * A host whose adapters have tensors of their own that are no low-rank pair: the closed family of
 * this package.
 *
 * <p>Any number of threads may run it when training is false.
 */
public sealed interface PartHost extends AdapterHost
        permits TrainedTokens, TiedTokens, Ia3Linear, Ia3Convolution, SoftPrompts {
    /** Returns the adapters' parts beside the frozen base. */
    Parts<?> parts();

    @Override
    default String path() {
        return parts().path();
    }

    @Override
    default Block base() {
        return parts().base();
    }

    @Override
    default LoraContext context() {
        return parts().context();
    }

    @Override
    default Set<String> adapterNames() {
        return parts().names();
    }

    @Override
    default boolean isBare() {
        return parts().isEmpty();
    }

    @Override
    default Map<String, Parameter> tensors(String adapter) {
        Part part = parts().get(adapter);
        return part == null ? Map.of() : part.tensors();
    }

    @Override
    default boolean isCalled() {
        return parts().mark.isCalled();
    }

    @Override
    default void removeAdapter(String name) {
        parts().remove(name);
    }

    /**
     * Returns the numbers of an adapter's part that a training depends on beside its tensors, in
     * words, such as "tokens [5, 7]".
     *
     * @param adapter an adapter that the host carries
     */
    default String numbers(String adapter) {
        return parts().require(adapter).numbers();
    }

    /** Returns the method of the adapters, as PEFT's files name it. */
    String peftType();

    /**
     * Returns the name of a tensor in PEFT's files.
     *
     * @param suffix as {@link #tensors} has it
     */
    default String fileName(String suffix) {
        return path() + "." + suffix;
    }

    /**
     * Returns an adapter's tensors as PEFT's files hold them, by suffix: the arrays of {@link
     * #tensors} or, where files hold what they give, new ones.
     *
     * @param manager who owns arrays that are made for it
     * @param adapter an adapter's name
     */
    default Map<String, NDArray> exported(NDManager manager, String adapter) {
        Map<String, NDArray> arrays = new LinkedHashMap<>();
        tensors(adapter).forEach((suffix, tensor) -> arrays.put(suffix, tensor.getArray()));
        return arrays;
    }

    /** Returns the kind of module with what the adapters do to it, as tables name it. */
    String kind();

    /**
     * Checks that the plain block can hold the active adapters' numbers.
     *
     * @throws IllegalStateException if one would be infinite in the base's precision
     */
    void requireMergeable();
}
