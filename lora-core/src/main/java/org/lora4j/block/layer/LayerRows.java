/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.block.layer;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.training.ParameterStore;
import ai.djl.util.PairList;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.lora4j.block.StepContext;
import org.lora4j.block.form.LinearForm;
import org.lora4j.block.form.LoraAdapter;
import org.lora4j.block.kernels.LoraKernels;
import org.lora4j.block.kernels.RowTerm;
import org.lora4j.block.layer.LowRankLayer.Adapters;
import org.lora4j.block.pass.RowLayout;
import org.lora4j.block.pass.RowLayout.Span;
import org.lora4j.block.pass.SelectedAdapters;

/**
 * Runs a layer on a batch whose texts have adapters of their own. A linear layer multiplies all
 * rows by its weight at once and adds the terms of each adapter to its rows; any other runs the
 * rows of each adapter by themselves.
 */
final class LayerRows {
    private LayerRows() {}

    static NDArray forward(
            Adapters layer,
            RowLayout rows,
            ParameterStore store,
            NDArray x,
            boolean training,
            @Nullable PairList<String, Object> params) {
        if (training) {
            rows.groups().forEach(layer::dropMerged);
        }
        boolean plain = true;
        boolean sums = true;
        for (SelectedAdapters group : rows.groups()) {
            plain &= isPlain(layer, group);
            sums &= addsSums(layer, group);
        }
        if (plain) {
            return layer.frozen.run(store, x, training, null, params);
        }
        List<Span> spans = rows.spans(x.getShape().get(0), layer.base.path());
        return sums
                ? summed(layer, spans, store, x, training, params)
                : apart(layer, spans, store, x, training, params);
    }

    private static boolean isPlain(Adapters layer, SelectedAdapters group) {
        for (int i = 0; i < group.size(); i++) {
            if (layer.slots.get(group.version(i)) != null) {
                return false;
            }
        }
        return !layer.bias.isReplaced(group);
    }

    private static boolean addsSums(Adapters layer, SelectedAdapters group) {
        for (int i = 0; i < group.size(); i++) {
            LoraAdapter adapter = layer.slots.get(group.version(i));
            if (adapter != null
                    && (!(adapter.form() instanceof LinearForm)
                            || adapter.magnitude() != null
                            || adapter.origin() != null)) {
                return false;
            }
        }
        return !layer.bias.isReplaced(group);
    }

    private static NDArray summed(
            Adapters layer,
            List<Span> spans,
            ParameterStore store,
            NDArray x,
            boolean training,
            @Nullable PairList<String, Object> params) {
        NDArray y = layer.frozen.run(store, x, training, null, params);
        List<RowTerm> terms = new ArrayList<>();
        for (Span span : spans) {
            SelectedAdapters selected = span.adapters();
            for (int i = 0; i < selected.size(); i++) {
                LoraAdapter adapter = layer.slots.get(selected.version(i));
                if (adapter != null) {
                    terms.add(
                            new RowTerm(
                                    adapter.term(
                                            selected.weight(i), store, x.getDevice(), training),
                                    span.from(),
                                    span.to()));
                }
            }
        }
        if (terms.isEmpty()) {
            return y;
        }
        LoraKernels kernels = layer.context.kernels();
        LoraKernels used = layer.frozen.resultIsFree() ? kernels.overwriting() : kernels;
        NDArray input = training ? dropped(layer, spans, x) : x;
        NDArray sum = used.addLowRank(y, input, terms);
        // autograd keeps what the backward pass needs; our handles are no longer wanted
        y.close();
        if (input != x) {
            input.close();
        }
        return sum;
    }

    /** The input of the adapters' terms: each adapter drops elements of its own rows. */
    private static NDArray dropped(Adapters layer, List<Span> spans, NDArray x) {
        Set<Double> probabilities = new LinkedHashSet<>();
        spans.forEach(span -> probabilities.addAll(probabilities(layer, span.adapters())));
        if (probabilities.stream().allMatch(p -> p == 0)) {
            return x;
        }
        LoraKernels kernels = layer.context.kernels();
        if (probabilities.size() == 1) {
            return drop(layer, x, probabilities.iterator().next());
        }
        StepContext steps = layer.context.steps();
        long all = x.getShape().get(0);
        try (NDManager scope = x.getManager().newSubManager()) {
            NDList parts = new NDList();
            for (Span span : spans) {
                Set<Double> own = probabilities(layer, span.adapters());
                if (own.size() > 1) {
                    throw new IllegalStateException(
                            ("%s: the adapters %s of a text have dropouts %s; expected one, where"
                                            + " texts of different adapters share a batch")
                                    .formatted(
                                            layer.base.path(),
                                            span.adapters().selection().keySet(),
                                            own));
                }
                double p = own.isEmpty() ? 0 : own.iterator().next();
                NDArray part = kernels.rows(x, span.from(), span.to());
                part.attach(scope);
                NDArray kept =
                        p == 0
                                ? part
                                : steps.part(
                                        span.from(), span.to(), all, () -> drop(layer, part, p));
                kept.attach(scope);
                parts.add(kept);
            }
            NDArray joined = kernels.joined(parts);
            joined.attach(x.getManager());
            return joined;
        }
    }

    private static NDArray drop(Adapters layer, NDArray x, double p) {
        try (NDArray kept = layer.context.steps().mask(x, p, layer.pathKey)) {
            return layer.context.kernels().dropout(x, kept, p);
        }
    }

    private static Set<Double> probabilities(Adapters layer, SelectedAdapters selected) {
        Set<Double> found = new LinkedHashSet<>();
        for (int i = 0; i < selected.size(); i++) {
            LoraAdapter adapter = layer.slots.get(selected.version(i));
            if (adapter != null) {
                found.add(adapter.spec().dropout());
            }
        }
        return found;
    }

    private static NDArray apart(
            Adapters layer,
            List<Span> spans,
            ParameterStore store,
            NDArray x,
            boolean training,
            @Nullable PairList<String, Object> params) {
        LoraKernels kernels = layer.context.kernels();
        NDManager owner = x.getManager();
        try (NDManager scope = owner.newSubManager()) {
            NDList results = new NDList();
            for (Span span : spans) {
                NDArray part = kernels.rows(x, span.from(), span.to());
                part.attach(scope);
                Supplier<NDArray> run =
                        () -> layer.forward(span.adapters(), store, part, training, params);
                NDArray result =
                        training
                                ? layer.context
                                        .steps()
                                        .part(span.from(), span.to(), x.getShape().get(0), run)
                                : run.get();
                result.attach(scope);
                results.add(result);
            }
            NDArray joined = kernels.joined(results);
            joined.attach(owner);
            return joined;
        }
    }
}
