/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.block.layer;

import ai.djl.MalformedModelException;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.nn.Block;
import ai.djl.nn.Parameter;
import ai.djl.training.ParameterStore;
import ai.djl.util.PairList;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.lora4j.block.AdaptedLayer;
import org.lora4j.block.AdapterCoverage;
import org.lora4j.block.AdapterNames;
import org.lora4j.block.AdapterSelection;
import org.lora4j.block.AdapterSlots;
import org.lora4j.block.LayerPass;
import org.lora4j.block.LoraContext;
import org.lora4j.block.SelectedAdapters;
import org.lora4j.block.StepContext;
import org.lora4j.block.copy.AdapterStream;
import org.lora4j.block.copy.LayerBias;
import org.lora4j.block.form.AdapterInit;
import org.lora4j.block.form.AdapterSpec;
import org.lora4j.block.form.LoraAdapter;
import org.lora4j.block.form.LowRankForm;
import org.lora4j.block.kernels.LoraKernels;
import org.lora4j.block.kernels.LowRankTerm;
import org.lora4j.block.weight.FrozenBase;
import org.lora4j.block.weight.ListedParameters;

/**
 * The adapters of one layer beside its frozen base: what every {@link LowRankLayer} is made of,
 * whatever DJL class it has to extend.
 *
 * <p>Y = base(X; W0) + Σ wᵢ · correctionᵢ(drop(X)) over the active adapters, or base(X; W) where W
 * = W0 + Σ wᵢ ΔWᵢ was merged for the same selection.
 */
public final class LayerAdapters {
    private final String path;
    private final long pathKey;
    private final LayerBase base;
    private final FrozenBase frozen;
    private final LoraContext context;
    private final ListedParameters listed;
    private final AdapterSlots<LoraAdapter> slots;
    private final LayerBias bias;
    private final AdapterCoverage.Mark mark;
    private final LayerMerge merged;

    /**
     * Begins with no adapter.
     *
     * @param parameters the layer's own parameters, which become those of the adapters it carries
     */
    LayerAdapters(LayerBase base, LoraContext context, Map<String, Parameter> parameters) {
        parameters.clear();
        this.path = base.path();
        this.pathKey = StepContext.pathKey(path);
        this.base = base;
        this.frozen = new FrozenBase(path, base.block(), base.weight());
        this.context = context;
        this.listed = new ListedParameters(parameters);
        this.slots = new AdapterSlots<>(path, context.active().names());
        this.merged = new LayerMerge(path, frozen, context, slots);
        this.bias = new LayerBias(path, base.block(), context.active().names(), parameters);
        this.mark = context.coverage().mark(path, parameters.values());
    }

    String path() {
        return path;
    }

    String kind() {
        return base.kind();
    }

    Block base() {
        return base.block();
    }

    /** The plain block that does what the layer does with the active adapters. */
    Block plain() {
        return base.merged(this);
    }

    NDArray weight() {
        return frozen.weight();
    }

    LoraContext context() {
        return context;
    }

    AdapterSlots<LoraAdapter> slots() {
        return slots;
    }

    LayerBias bias() {
        return bias;
    }

    LayerMerge merged() {
        return merged;
    }

    boolean isCalled() {
        return mark.isCalled();
    }

    LoraAdapter add(String name, AdapterSpec spec, AdapterInit init) {
        slots.checkFree(name);
        LowRankForm form = base.form(spec);
        LoraAdapter adapter =
                new LoraAdapter(
                        AdapterNames.nameOf(name),
                        spec,
                        form,
                        init.matrices(path, spec, form, weight()));
        listed.add(adapter.a());
        listed.add(adapter.b());
        merged.dropIfUses(name);
        slots.put(name, adapter);
        return adapter;
    }

    void remove(String name) {
        LoraAdapter adapter = slots.remove(name);
        if (adapter != null) {
            merged.dropIfUses(name);
            listed.remove(adapter.a());
            listed.remove(adapter.b());
            adapter.close();
        }
        bias.remove(name);
    }

    void merge(AdapterSelection selection) {
        merged.merge(
                SelectedAdapters.of(
                        selection, context.active().names().published().versions(), null));
    }

    Map<String, Parameter> tensors(String name) {
        Map<String, Parameter> tensors = new LinkedHashMap<>();
        LoraAdapter adapter = slots.get(name);
        if (adapter != null) {
            tensors.put(adapter.form().suffixA(), adapter.a());
            tensors.put(adapter.form().suffixB(), adapter.b());
        }
        tensors.putAll(biases(name));
        return tensors;
    }

    Map<String, NDArray> exported(NDManager manager, String name) {
        Map<String, NDArray> arrays = new LinkedHashMap<>();
        LoraAdapter adapter = slots.get(name);
        if (adapter != null) {
            LowRankForm form = adapter.form();
            arrays.put(form.suffixA(), adapter.a().getArray());
            arrays.put(form.suffixB(), form.plainB(manager, adapter.b().getArray()));
        }
        biases(name).forEach((suffix, copy) -> arrays.put(suffix, copy.getArray()));
        return arrays;
    }

    Map<String, Parameter> biases(String name) {
        return bias.tensors(name, slots.get(name) != null);
    }

    /** The weight of a plain layer, or null where the base itself is what is left. */
    @Nullable NDArray plainWeight() {
        NDArray array = merged.weight();
        return array == null && bias.isReplaced(context.active().defaults()) ? weight() : array;
    }

    /**
     * Makes the base the plain layer, on the merged weight and with the active adapter's bias: for
     * the end of this layer's life, where DJL offers no way to make the base anew.
     */
    void intoBase() {
        NDArray array = merged.weight();
        if (array != null) {
            frozen.become(array);
        }
        bias.write(context.kernels(), context.active().defaults());
    }

    /** The bias of a plain layer, if it has one. */
    @Nullable NDArray plainBias() {
        return bias.merged(context.kernels(), context.active().defaults());
    }

    NDArray forward(
            ParameterStore store,
            NDArray x,
            boolean training,
            @Nullable PairList<String, Object> params) {
        mark.call(training);
        try (LayerPass pass = context.active().layer()) {
            return forward(pass.adapters(), store, x, training, params);
        }
    }

    private NDArray forward(
            SelectedAdapters selected,
            ParameterStore store,
            NDArray x,
            boolean training,
            @Nullable PairList<String, Object> params) {
        ParameterStore own = bias.over(store, selected);
        if (training) {
            frozen.checkFrozen(context.trained());
            for (int i = 0; i < selected.size(); i++) {
                // what is trained next is no longer what was merged
                merged.dropIfUses(selected.version(i).name(), selected.version(i));
            }
        } else {
            MergedWeight held = merged.heldFor(selected, x.getDevice());
            if (held != null) {
                try {
                    return frozen.run(own, x, false, held.array(), params);
                } finally {
                    held.release();
                }
            }
        }
        NDArray y = frozen.run(own, x, training, null, params);
        LoraKernels kernels =
                frozen.resultIsFree() ? context.kernels().overwriting() : context.kernels();
        for (int i = 0; i < selected.size(); i++) {
            LoraAdapter adapter = slots.get(selected.version(i));
            if (adapter != null) {
                y = correct(store, kernels, y, x, adapter, selected.weight(i), training);
            }
        }
        return y;
    }

    private NDArray correct(
            ParameterStore store,
            LoraKernels kernels,
            NDArray y,
            NDArray x,
            LoraAdapter adapter,
            double weighting,
            boolean training) {
        AdapterSpec spec = adapter.spec();
        NDArray input = x;
        if (training && spec.dropout() > 0 && adapter.form().dropsInput()) {
            try (NDArray kept = context.steps().mask(x, spec.dropout(), pathKey)) {
                input = kernels.dropout(x, kept, spec.dropout());
            }
        }
        LowRankTerm term = adapter.term(weighting, store, x.getDevice(), training);
        NDArray sum = adapter.form().add(kernels, y, input, term);
        // autograd keeps what the backward pass needs; our handles are no longer wanted
        y.close();
        if (input != x) {
            input.close();
        }
        return sum;
    }

    void save(DataOutputStream os) throws IOException {
        AdapterStream.begin(os, base.block(), slots.names().size());
        for (String name : slots.names()) {
            AdapterStream.writePair(os, slots.require(name));
        }
        bias.save(os);
    }

    void load(NDManager manager, DataInputStream is, AdaptedLayer layer)
            throws IOException, MalformedModelException {
        merged.drop();
        int count = AdapterStream.begin(is, manager, layer);
        if (count == AdapterStream.NOT_ADAPTED) {
            return;
        }
        for (int i = 0; i < count; i++) {
            AdapterStream.readPair(is, manager, layer, base::form);
        }
        bias.load(is, manager, layer);
    }
}
