/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.block;

import ai.djl.Device;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The merged weight of a layer, W = W0 + Σ wᵢ ΔWᵢ: formed beside W0 when the owner asks, or at an
 * inference pass where the adapters ask for that, and then again after A or B was written.
 */
final class LayerMerge {
    private final FrozenWeight weight;
    private final LoraContext context;
    private final AdapterSlots<LoraAdapter> slots;
    private final MergeSlot merged = new MergeSlot();

    LayerMerge(FrozenWeight weight, LoraContext context, AdapterSlots<LoraAdapter> slots) {
        this.weight = weight;
        this.context = context;
        this.slots = slots;
    }

    boolean isMerged() {
        return merged.isFilled();
    }

    void drop() {
        merged.fill(null);
    }

    void dropIfUses(String adapter) {
        merged.dropIfUses(adapter);
    }

    synchronized void merge() {
        merged.fill(null);
        AdapterSelection selection = context.active().current();
        NDArray array = mergedWeight(selection);
        if (array != null) {
            merged.fill(new MergedWeight(selection, array));
        }
    }

    NDArray delta(NDManager manager, String name) {
        return delta(manager, slots.require(name), 1);
    }

    private NDArray delta(NDManager manager, LoraAdapter adapter, double weighting) {
        double scaling = adapter.spec().scaling() * weighting;
        NDArray delta = adapter.form().delta(context.kernels(), adapter.detached(), scaling);
        delta.attach(manager);
        return delta;
    }

    /** W0 + Σ wᵢ ΔWᵢ of the active adapters, or null where none of them is on this layer. */
    @Nullable NDArray weight() {
        return mergedWeight(context.active().current());
    }

    private @Nullable NDArray mergedWeight(AdapterSelection selection) {
        NDManager owner = weight.array().getManager();
        try (NDManager scope = owner.newSubManager()) {
            NDArray sum = null;
            for (Map.Entry<String, Double> entry : selection.weights().entrySet()) {
                LoraAdapter adapter = slots.get(entry.getKey());
                if (adapter != null) {
                    NDArray delta = delta(scope, adapter, entry.getValue());
                    sum = sum == null ? delta : sum.addi(delta);
                }
            }
            if (sum == null) {
                return null;
            }
            NDArray array = weight.plus(context.kernels(), sum);
            array.attach(owner);
            return array;
        }
    }

    /**
     * Takes hold of the merged weight of a selection, which is made now where its adapters ask for
     * that; the caller releases it. Null where the layer is to run unmerged.
     */
    @Nullable MergedWeight heldFor(AdapterSelection selection, Device device) {
        MergedWeight held = merged.acquire(selection, device);
        if (held != null && isCurrent(held)) {
            return held;
        }
        if (held != null) {
            held.release();
        }
        return mergesOnInference(selection) ? mergeNow(selection, device) : null;
    }

    /** One thread merges; those that come meanwhile take what it made. */
    private synchronized @Nullable MergedWeight mergeNow(
            AdapterSelection selection, Device device) {
        MergedWeight held = merged.acquire(selection, device);
        if (held != null && isCurrent(held)) {
            return held;
        }
        if (held != null) {
            held.release();
        }
        long[] versions = versions(selection);
        NDArray array = mergedWeight(selection);
        if (array == null) {
            return null;
        }
        merged.fill(new MergedWeight(selection, array, versions));
        return merged.acquire(selection, device);
    }

    private boolean isCurrent(MergedWeight held) {
        return held.versions().length == 0
                || Arrays.equals(held.versions(), versions(held.selection()));
    }

    private boolean mergesOnInference(AdapterSelection selection) {
        List<LoraAdapter> carried = carried(selection);
        return !carried.isEmpty()
                && carried.stream()
                        .allMatch(
                                adapter ->
                                        adapter.spec().mergeOnInference()
                                                && adapter.form().merges());
    }

    private long[] versions(AdapterSelection selection) {
        LoraKernels kernels = context.kernels();
        return carried(selection).stream()
                .mapToLong(pair -> kernels.version(pair.a().getArray(), pair.b().getArray()))
                .toArray();
    }

    private List<LoraAdapter> carried(AdapterSelection selection) {
        List<LoraAdapter> carried = new ArrayList<>();
        for (String name : selection.weights().keySet()) {
            LoraAdapter adapter = slots.get(name);
            if (adapter != null) {
                carried.add(adapter);
            }
        }
        return carried;
    }
}
