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
import org.lora4j.block.AdapterSlots;
import org.lora4j.block.AdapterVersion;
import org.lora4j.block.LoraContext;
import org.lora4j.block.MergeGate;
import org.lora4j.block.SelectedAdapters;
import org.lora4j.block.form.LoraAdapter;
import org.lora4j.block.kernels.LoraKernels;
import org.lora4j.block.weight.FrozenBase;

/**
 * The merged weight of a layer, W = W0 + Σ wᵢ ΔWᵢ: formed beside W0 when the owner asks, or at an
 * inference pass where the adapters ask for that, and then again after A or B was written.
 */
final class LayerMerge {
    private final String path;
    private final FrozenBase base;
    private final LoraContext context;
    private final AdapterSlots<LoraAdapter> slots;
    private final MergeSlot merged = new MergeSlot();
    // what was merged with the whole tree, for the passes to which a gate opens it
    private volatile Map<MergeGate, MergedWeight> gated = Map.of();

    LayerMerge(String path, FrozenBase base, LoraContext context, AdapterSlots<LoraAdapter> slots) {
        this.path = path;
        this.base = base;
        this.context = context;
        this.slots = slots;
    }

    boolean isMerged() {
        return merged.isFilled() || !gated.isEmpty();
    }

    void drop() {
        merged.fill(null);
        dropGated((gate, held) -> true);
    }

    /** Drops what was merged for this layer alone. */
    void dropOwn() {
        merged.fill(null);
    }

    /** Drops what was merged with an adapter, which is given by its name or key. */
    void dropIfUses(String key) {
        dropIfUses(key, context.active().names().find(key));
    }

    void dropIfUses(String key, @Nullable AdapterVersion adapter) {
        merged.dropIfUses(key, adapter);
        if (!gated.isEmpty()) {
            dropGated((gate, held) -> held.selected().uses(key, adapter));
        }
    }

    /** Drops what was merged with the whole tree for a gate. */
    void drop(MergeGate opened) {
        dropGated((gate, held) -> gate == opened);
    }

    private synchronized void dropGated(BiPredicate<MergeGate, MergedWeight> which) {
        Map<MergeGate, MergedWeight> next = new LinkedHashMap<>(gated);
        next.entrySet().removeIf(entry -> which.test(entry.getKey(), entry.getValue()));
        List<MergedWeight> dropped = new ArrayList<>(gated.values());
        dropped.removeAll(next.values());
        gated = next;
        dropped.forEach(MergedWeight::release);
    }

    synchronized void merge(SelectedAdapters selected) {
        merged.fill(null);
        NDArray array = mergedWeight(selected);
        if (array != null) {
            merged.fill(new MergedWeight(selected, array));
        }
    }

    /** Merges for the passes to which a gate opens it. */
    synchronized void merge(SelectedAdapters selected, MergeGate gate) {
        NDArray array = mergedWeight(selected);
        if (array != null) {
            Map<MergeGate, MergedWeight> next = new LinkedHashMap<>(gated);
            next.put(gate, new MergedWeight(selected, array));
            gated = next;
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
                "the sum of the weight and the adapter's update is beyond the range of "
                        + array.getDataType()
                        + "; load the model in float32, or run it unmerged";
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
     * Takes hold of the merged weight of a selection, which is made now where its adapters ask for
     * that; the caller releases it. Null where the layer is to run unmerged.
     */
    @Nullable MergedWeight heldFor(SelectedAdapters selected, Device device) {
        MergeGate gate = selected.gate();
        MergedWeight opened = gate == null ? null : gated.get(gate);
        if (opened != null && opened.acquireFor(selected, device)) {
            return opened;
        }
        MergedWeight held = current(selected, device);
        return held == null && mergesOnInference(selected) ? mergeNow(selected, device) : held;
    }

    /** Takes hold of what is merged, if it is of these adapters as they are now. */
    private @Nullable MergedWeight current(SelectedAdapters selected, Device device) {
        MergedWeight held = merged.acquire(selected, device);
        if (held != null && !isCurrent(held)) {
            held.release();
            return null;
        }
        return held;
    }

    /** One thread merges; those that come meanwhile take what it made. */
    private synchronized @Nullable MergedWeight mergeNow(SelectedAdapters selected, Device device) {
        MergedWeight held = current(selected, device);
        if (held != null) {
            return held;
        }
        long[] versions = versions(selected);
        NDArray array = mergedWeight(selected);
        if (array == null) {
            return null;
        }
        MergedWeight made = new MergedWeight(selected, array, versions);
        // held for the caller before others can have it dropped
        boolean forCaller = made.acquireFor(selected, device);
        merged.fill(made);
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
                        .allMatch(
                                adapter ->
                                        adapter.spec().mergeOnInference()
                                                && adapter.form().merges());
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
