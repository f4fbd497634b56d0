/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.block.layer;

import ai.djl.Device;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.BiPredicate;
import org.jspecify.annotations.Nullable;
import org.lora4j.block.LoraContext;
import org.lora4j.block.form.LoraAdapter;
import org.lora4j.block.kernels.LoraKernels;
import org.lora4j.block.pass.AdapterSlots;
import org.lora4j.block.pass.AdapterVersion;
import org.lora4j.block.pass.Readers;
import org.lora4j.block.pass.SelectedAdapters;
import org.lora4j.block.weight.FrozenBase;

/**
 * The merged weights of a layer, W = W0 + Σ wᵢ ΔWᵢ. They are formed beside W0 when the owner asks
 * for it, or in an inference pass if the adapters say so, and formed again after A or B was
 * written.
 */
final class LayerMerge {
    /** Stands for a gate where a weight was merged for this layer alone. */
    private static final Readers OWN = new Readers();

    private final String path;
    private final FrozenBase base;
    private final LoraContext context;
    private final AdapterSlots<LoraAdapter> slots;
    // by the gate that opens a weight to passes; a new map at each change
    private volatile Map<Readers, MergedWeight> held = Map.of();

    LayerMerge(String path, FrozenBase base, LoraContext context, AdapterSlots<LoraAdapter> slots) {
        this.path = path;
        this.base = base;
        this.context = context;
        this.slots = slots;
    }

    boolean isMerged() {
        return !held.isEmpty();
    }

    void drop() {
        dropIf((gate, weight) -> true);
    }

    /** Drops what was merged for this layer alone. */
    void dropOwn() {
        drop(OWN);
    }

    /** Drops what a gate opens. */
    void drop(Readers opened) {
        dropIf((gate, weight) -> gate == opened);
    }

    /** Drops what was merged with an adapter, which is given by its name or key. */
    void dropIfUses(String key) {
        dropIfUses(key, context.active().names().find(key));
    }

    void dropIfUses(String key, @Nullable AdapterVersion adapter) {
        dropIf((gate, weight) -> weight.selected().uses(key, adapter));
    }

    private void dropIf(BiPredicate<Readers, MergedWeight> which) {
        if (held.isEmpty()) {
            return;
        }
        synchronized (this) {
            Map<Readers, MergedWeight> next = new LinkedHashMap<>(held);
            next.entrySet().removeIf(entry -> which.test(entry.getKey(), entry.getValue()));
            List<MergedWeight> dropped = new ArrayList<>(held.values());
            dropped.removeAll(next.values());
            held = next;
            dropped.forEach(MergedWeight::release);
        }
    }

    private synchronized void hold(Readers gate, MergedWeight weight) {
        drop(gate);
        Map<Readers, MergedWeight> next = new LinkedHashMap<>(held);
        next.put(gate, weight);
        held = next;
    }

    /** Merges for this layer alone. */
    synchronized void merge(SelectedAdapters selected) {
        dropOwn();
        merge(selected, OWN);
    }

    /** Merges for the passes to which a gate opens the weight. */
    synchronized void merge(SelectedAdapters selected, Readers gate) {
        NDArray array = mergedWeight(selected);
        if (array != null) {
            hold(gate, new MergedWeight(selected, array));
        }
    }

    NDArray delta(NDManager manager, String name) {
        return delta(manager, slots.require(name), 1);
    }

    private NDArray delta(NDManager manager, LoraAdapter adapter, double weighting) {
        NDArray delta = adapter.form().delta(context.kernels(), adapter.detached(weighting));
        delta.attach(manager);
        return delta;
    }

    /** W0 + Σ wᵢ ΔWᵢ of the default selection, or null where none of it is on this layer. */
    @Nullable NDArray weight() {
        return mergedWeight(context.active().defaults());
    }

    private @Nullable NDArray mergedWeight(SelectedAdapters selected) {
        NDManager owner = base.weight().getManager();
        try (NDManager scope = owner.newSubManager()) {
            NDArray sum = null;
            for (int i = 0; i < selected.size(); i++) {
                LoraAdapter adapter = slots.get(selected.version(i));
                if (adapter != null) {
                    NDArray delta = delta(scope, adapter, selected.weight(i));
                    sum = sum == null ? delta : sum.addi(delta);
                }
            }
            if (sum == null) {
                return null;
            }
            NDArray array = context.kernels().merge(base.weight(), sum);
            array.attach(scope);
            requireFinite(array, selected);
            array.attach(owner);
            return array;
        }
    }

    /** A merged weight that is not finite is never used: whatever runs on it would be NaN. */
    private void requireFinite(NDArray array, SelectedAdapters selected) {
        LoraKernels kernels = context.kernels();
        if (kernels.isFinite(array)) {
            return;
        }
        String reason =
                ("the sum of the weight and the adapter's update is beyond the range of %s; load"
                                + " the model in float32, or run it unmerged")
                        .formatted(array.getDataType());
        if (!kernels.isFinite(base.weight())) {
            reason = "the base's weight is NaN or infinite";
        } else {
            for (LoraAdapter adapter : carried(selected)) {
                if (!kernels.isFinite(adapter.a().getArray())
                        || !kernels.isFinite(adapter.b().getArray())) {
                    reason = "the adapter's matrices have NaN or infinite values";
                }
            }
        }
        throw new IllegalStateException(
                path + " cannot be merged: " + reason + ". The weights are as they were");
    }

    /**
     * Returns the merged weight of a selection, which is formed now if its adapters say so; the
     * caller releases it. Null if the layer runs unmerged.
     */
    @Nullable MergedWeight heldFor(SelectedAdapters selected, Device device) {
        Readers gate = selected.gate();
        MergedWeight opened = gate == null ? null : held.get(gate);
        if (opened != null && opened.acquireFor(selected, device)) {
            return opened;
        }
        MergedWeight own = current(selected, device);
        return own == null && mergesOnInference(selected) ? mergeNow(selected, device) : own;
    }

    /**
     * Returns the layer's own merged weight if it is that of these adapters as they are now; the
     * caller releases it.
     */
    private @Nullable MergedWeight current(SelectedAdapters selected, Device device) {
        MergedWeight own = held.get(OWN);
        if (own == null || !own.acquireFor(selected, device)) {
            return null;
        }
        if (!isCurrent(own)) {
            own.release();
            return null;
        }
        return own;
    }

    /** Forms the merged weight, unless another thread did so meanwhile. */
    private synchronized @Nullable MergedWeight mergeNow(SelectedAdapters selected, Device device) {
        MergedWeight own = current(selected, device);
        if (own != null) {
            return own;
        }
        long[] versions = versions(selected);
        NDArray array = mergedWeight(selected);
        if (array == null) {
            return null;
        }
        MergedWeight made = new MergedWeight(selected, array, versions);
        // held for the caller before others can have it dropped
        boolean forCaller = made.acquireFor(selected, device);
        hold(OWN, made);
        return forCaller ? made : null;
    }

    private boolean isCurrent(MergedWeight held) {
        return held.versions().length == 0
                || Arrays.equals(held.versions(), versions(held.selected()));
    }

    private boolean mergesOnInference(SelectedAdapters selected) {
        List<LoraAdapter> carried = carried(selected);
        return !carried.isEmpty()
                && carried.stream()
                        .allMatch(pair -> pair.spec().mergeOnInference() && pair.form().merges());
    }

    private long[] versions(SelectedAdapters selected) {
        LoraKernels kernels = context.kernels();
        return carried(selected).stream()
                .mapToLong(pair -> kernels.version(pair.a().getArray(), pair.b().getArray()))
                .toArray();
    }

    private List<LoraAdapter> carried(SelectedAdapters selected) {
        List<LoraAdapter> carried = new ArrayList<>();
        for (int i = 0; i < selected.size(); i++) {
            LoraAdapter adapter = slots.get(selected.version(i));
            if (adapter != null) {
                carried.add(adapter);
            }
        }
        return carried;
    }
}
