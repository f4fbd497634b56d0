/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.block.layer;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.nn.Block;
import ai.djl.nn.Parameter;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.lora4j.block.AdaptedLayer;
import org.lora4j.block.AdapterSelection;
import org.lora4j.block.LoraContext;
import org.lora4j.block.form.AdapterInit;
import org.lora4j.block.form.AdapterSpec;
import org.lora4j.block.form.LoraAdapter;

/**
 * A layer whose adapters are pairs A, B: the closed family of this package. What they have in
 * common is in {@link LayerAdapters}, since each extends the DJL class whose place it takes.
 */
public sealed interface LowRankLayer extends AdaptedLayer
        permits AdaptedLinear, LoraConv1d, LoraConv2d, LoraEmbedding, LoraWordEmbedding {
    /** Returns the layer's adapters. */
    LayerAdapters adapters();

    @Override
    default String path() {
        return adapters().path();
    }

    @Override
    default String kind() {
        return adapters().kind();
    }

    @Override
    default Block base() {
        return adapters().base();
    }

    /**
     * {@inheritDoc} A convolution and DJL's own tables are kept, on the merged array in place of
     * their own.
     */
    @Override
    default Block merged() {
        return adapters().plain();
    }

    @Override
    default NDArray weight() {
        return adapters().weight();
    }

    @Override
    default LoraContext context() {
        return adapters().context();
    }

    @Override
    default Set<String> adapterNames() {
        return adapters().bias().namesWith(adapters().slots().names());
    }

    @Override
    default boolean isBare() {
        return adapters().slots().isEmpty() && adapters().bias().isEmpty();
    }

    @Override
    default Optional<LoraAdapter> adapter(String name) {
        return Optional.ofNullable(adapters().slots().get(name));
    }

    @Override
    default LoraAdapter addAdapter(String name, AdapterSpec spec, AdapterInit init) {
        return adapters().add(name, spec, init);
    }

    @Override
    default void removeAdapter(String name) {
        adapters().remove(name);
    }

    @Override
    default void addBiases(String adapter) {
        adapters().bias().add(adapter);
    }

    @Override
    default Map<String, Parameter> biases(String adapter) {
        return adapters().biases(adapter);
    }

    @Override
    default boolean replaces(Parameter original) {
        return adapters().bias().replaces(original);
    }

    @Override
    default Map<String, Parameter> tensors(String adapter) {
        return adapters().tensors(adapter);
    }

    @Override
    default Map<String, NDArray> exported(NDManager manager, String adapter) {
        return adapters().exported(manager, adapter);
    }

    @Override
    default NDArray delta(NDManager manager, String adapter) {
        return adapters().merged().delta(manager, adapter);
    }

    @Override
    default boolean isCalled() {
        return adapters().isCalled();
    }

    @Override
    default void merge(AdapterSelection selection) {
        adapters().merge(selection);
    }

    @Override
    default void unmerge() {
        adapters().merged().drop();
    }

    @Override
    default boolean isMerged() {
        return adapters().merged().isMerged();
    }
}
