/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.block;

import ai.djl.nn.Block;
import ai.djl.nn.Parameter;
import java.util.Map;
import java.util.Set;

/**
 * A block that stands in another's place and carries what named adapters add to it.
 *
 * <p>Adding and removing adapters is for the owner of the block tree, not for threads that run it.
 */
public interface AdapterHost extends Block {
    /** Returns the module path of the block that this one stands for, as Hugging Face writes it. */
    String path();

    /** Returns the block that this one stands for, unchanged. */
    Block base();

    /** Returns what the blocks of the tree share. */
    LoraContext context();

    /** Returns the names of the adapters that this block carries. */
    Set<String> adapterNames();

    /**
     * Returns whether this block carries no adapter, not even one that has no name yet or lost it,
     * so that its base could take its place.
     */
    default boolean isBare() {
        return adapterNames().isEmpty();
    }

    /**
     * Returns an adapter's tensors by PEFT's suffix, such as {@code lora_A.weight}.
     *
     * @param adapter an adapter's name
     * @return the tensors in PEFT's order; empty if the block does not carry the adapter
     */
    Map<String, Parameter> tensors(String adapter);

    /**
     * Returns whether an adapter has a trained copy of one of the base's parameters.
     *
     * @param original a parameter of {@link #base}
     */
    default boolean replaces(Parameter original) {
        return false;
    }

    /** Returns whether a forward pass has called this block. */
    boolean isCalled();

    /**
     * Lets an adapter's tensors train, or freezes them.
     *
     * @param adapter an adapter's name; one that the block does not carry is ignored
     * @param trainable whether they train
     */
    default void setTrainable(String adapter, boolean trainable) {
        tensors(adapter).values().forEach(parameter -> parameter.freeze(!trainable));
    }

    /**
     * Removes an adapter and frees its tensors.
     *
     * @param adapter an adapter's name; one that the block does not carry is ignored
     */
    void removeAdapter(String adapter);

    /**
     * Returns a plain block that computes what this one computes with the active adapters. It takes
     * this block's place when a model is merged and unloaded; this block must not be used
     * afterwards. The caller frees the arrays that the plain block does not need, by {@link
     * #removeAdapter} and by closing {@link #base}.
     */
    Block merged();
}
