/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.block.layer;

import ai.djl.Device;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import ai.djl.nn.Parameter;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.function.BiPredicate;
import org.jspecify.annotations.Nullable;
import org.lora4j.block.LoraContext;
import org.lora4j.block.form.LoraAdapter;
import org.lora4j.block.form.LowRankForm;
import org.lora4j.block.form.Magnitude;
import org.lora4j.block.kernels.LoraKernels;
import org.lora4j.block.kernels.LowRankTerm;
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
    // by the gate that opens weights to passes, one for a selection; a new map at each change
    private volatile Map<Readers, List<MergedWeight>> held = Map.of();

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
            Map<Readers, List<MergedWeight>> next = new LinkedHashMap<>();
            List<MergedWeight> dropped = new ArrayList<>();
            held.forEach(
                    (gate, weights) -> {
                        List<MergedWeight> left = new ArrayList<>();
                        weights.forEach(w -> (which.test(gate, w) ? dropped : left).add(w));
                        if (!left.isEmpty()) {
                            next.put(gate, List.copyOf(left));
                        }
                    });
            held = next;
            dropped.forEach(MergedWeight::release);
        }
    }

    private synchronized void hold(Readers gate, MergedWeight weight) {
        Map<Readers, List<MergedWeight>> next = new LinkedHashMap<>(held);
        List<MergedWeight> weights = new ArrayList<>(next.getOrDefault(gate, List.of()));
        weights.add(weight);
        next.put(gate, List.copyOf(weights));
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

    /** The change that an adapter alone makes of W0. */
    private NDArray delta(NDManager manager, LoraAdapter adapter, double weighting) {
        if (adapter.magnitude() == null) {
            return product(manager, adapter, weighting);
        }
        try (NDManager scope = manager.newSubManager()) {
            NDArray wide = wide(scope);
            NDArray delta = changed(scope, wide, adapter, weighting).sub(wide);
            delta.attach(manager);
            return delta;
        }
    }

    /** s·B·A, less s·B0·A0 if that is taken off W0, shaped as the weight. */
    private NDArray product(NDManager manager, LoraAdapter adapter, double weighting) {
        LoraKernels kernels = context.kernels();
        NDArray product = adapter.form().delta(kernels, adapter.detached(weighting));
        product.attach(manager);
        LowRankTerm origin = adapter.originTerm(weighting);
        if (origin != null) {
            try (NDArray less = adapter.form().delta(kernels, origin)) {
                product.addi(less);
            }
        }
        return product;
    }

    /** W0 in float32. */
    private NDArray wide(NDManager scope) {
        NDArray zeros = scope.zeros(base.weight().getShape(), DataType.FLOAT32);
        // the kernels cast W0, which DJL cannot do in bfloat16
        NDArray wide = context.kernels().merge(zeros, base.weight());
        wide.attach(scope);
        return wide;
    }

    /**
     * What an adapter makes of a weight: W + s·B·A, and with DoRA m / ‖W0 + s·B·A‖ times that, as
     * the layer computes it, where the lengths are those of W0 and not of W.
     */
    private NDArray changed(NDManager scope, NDArray w, LoraAdapter adapter, double weighting) {
        NDArray sum = w.add(product(scope, adapter, weighting));
        sum.attach(scope);
        Magnitude magnitude = adapter.magnitude();
        if (magnitude == null) {
            return sum;
        }
        LoraKernels kernels = context.kernels();
        NDArray norms = magnitude.norms(kernels, base.weight(), adapter, weighting);
        norms.attach(scope);
        Shape outputs = outputs(sum.getShape(), adapter.form());
        NDArray n = norms.reshape(outputs);
        n.attach(scope);
        NDArray m = magnitude.detached().reshape(outputs);
        m.attach(scope);
        NDArray rescaled = kernels.rescale(sum, m, n, null);
        rescaled.attach(scope);
        return rescaled;
    }

    /** One number for each output of a weight, to be broadcast over it. */
    private static Shape outputs(Shape weight, LowRankForm form) {
        long[] sides = new long[weight.dimension()];
        Arrays.fill(sides, 1);
        int axis = form.outputsLast() ? sides.length - 1 : 0;
        sides[axis] = weight.get(axis);
        return new Shape(sides);
    }

    /** The weight with the adapters in their order, which matters with DoRA. */
    private NDArray changedInTurn(NDManager scope, SelectedAdapters selected) {
        NDArray w = wide(scope);
        for (int i = 0; i < selected.size(); i++) {
            LoraAdapter adapter = slots.get(selected.version(i));
            if (adapter != null) {
                w = changed(scope, w, adapter, selected.weight(i));
            }
        }
        NDArray array = base.weight().duplicate();
        array.attach(scope);
        context.kernels().copyInto(array, w);
        return array;
    }

    /** W0 + Σ wᵢ ΔWᵢ of the default selection, or null where none of it is on this layer. */
    @Nullable NDArray weight() {
        return mergedWeight(context.active().defaults());
    }

    private @Nullable NDArray mergedWeight(SelectedAdapters selected) {
        List<LoraAdapter> adapters = carried(selected);
        if (adapters.isEmpty()) {
            return null;
        }
        adapters.forEach(this::requireMergeable);
        boolean inTurn = adapters.stream().anyMatch(adapter -> adapter.magnitude() != null);
        NDManager owner = base.weightToMerge().getManager();
        try (NDManager scope = owner.newSubManager()) {
            NDArray array = inTurn ? changedInTurn(scope, selected) : withSum(scope, selected);
            array.attach(scope);
            requireFinite(array, selected);
            array.attach(owner);
            return array;
        }
    }

    private void requireMergeable(LoraAdapter adapter) {
        if (!adapter.spec().variant().merges()) {
            throw new IllegalStateException(
                    "%s cannot be merged: the adapter \"%s\" is of %s, which no weight can hold; run it beside the model. The weights are as they were"
                            .formatted(path, adapter.name(), adapter.spec().variant().title()));
        }
    }

    /** The weight with the sum of the changes of adapters without magnitudes. */
    private NDArray withSum(NDManager scope, SelectedAdapters selected) {
        NDArray sum = null;
        for (int i = 0; i < selected.size(); i++) {
            LoraAdapter adapter = slots.get(selected.version(i));
            if (adapter != null) {
                NDArray delta = product(scope, adapter, selected.weight(i));
                sum = sum == null ? delta : sum.addi(delta);
            }
        }
        return context.kernels().merge(base.weight(), Objects.requireNonNull(sum));
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
                if (!adapter.parameters().stream()
                        .allMatch(tensor -> kernels.isFinite(tensor.getArray()))) {
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
        MergedWeight opened = gate == null ? null : acquired(gate, selected, device);
        if (opened != null) {
            return opened;
        }
        MergedWeight own = current(selected, device);
        return own == null && mergesOnInference(selected) ? mergeNow(selected, device) : own;
    }

    /** Returns the weight of a selection that a gate opens, or null; the caller releases it. */
    private @Nullable MergedWeight acquired(
            Readers gate, SelectedAdapters selected, Device device) {
        for (MergedWeight weight : held.getOrDefault(gate, List.of())) {
            if (weight.acquireFor(selected, device)) {
                return weight;
            }
        }
        return null;
    }

    /**
     * Returns the layer's own merged weight if it is that of these adapters as they are now; the
     * caller releases it.
     */
    private @Nullable MergedWeight current(SelectedAdapters selected, Device device) {
        MergedWeight own = acquired(OWN, selected, device);
        if (own == null) {
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
        dropOwn();
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
                .flatMap(adapter -> adapter.parameters().stream().map(Parameter::getArray))
                .mapToLong(tensor -> kernels.version(tensor, tensor))
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
