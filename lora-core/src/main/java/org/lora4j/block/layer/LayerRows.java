/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.block.layer;

import ai.djl.Device;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.training.ParameterStore;
import ai.djl.util.PairList;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.lora4j.block.form.LinearForm;
import org.lora4j.block.form.LoraAdapter;
import org.lora4j.block.kernels.LoraKernels;
import org.lora4j.block.kernels.RowTerm;
import org.lora4j.block.layer.LowRankLayer.Adapters;
import org.lora4j.block.pass.RowLayout;
import org.lora4j.block.pass.RowLayout.Span;
import org.lora4j.block.pass.SelectedAdapters;
import org.lora4j.block.rows.RowsApart;
import org.lora4j.core.variant.LoraVariant;

/**
 * Runs a layer on a batch whose rows have adapters of their own. A linear layer multiplies all rows
 * by its weight at once and adds the terms of each adapter to its rows; any other runs the rows of
 * each adapter by themselves.
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
        List<Span> spans = rows.actingSpans(x.getShape().get(0), layer.base.path());
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
                            || adapter.hasBias()
                            || adapter.spec().variant() instanceof LoraVariant.Velora
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
        Device device = x.getDevice();
        for (Span span : spans) {
            SelectedAdapters selected = span.adapters();
            for (int i = 0; i < selected.size(); i++) {
                LoraAdapter adapter = layer.slots.get(selected.version(i));
                if (adapter != null && !selected.isDormant(i)) {
                    terms.add(
                            new RowTerm(
                                    adapter.term(selected.weight(i), store, device, training),
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
        if (probabilities.size() == 1) {
            return drop(layer, x, probabilities.iterator().next());
        }
        return RowsApart.run(
                layer.context.kernels(),
                layer.context.steps(),
                spans,
                new NDList(x),
                (span, rows) -> {
                    Set<Double> own = probabilities(layer, span.adapters());
                    if (own.size() > 1) {
                        throw new IllegalStateException(
                                ("%s: the adapters %s of a text have dropouts %s; expected one,"
                                     + " where texts of different adapters share a batch")
                                        .formatted(
                                                layer.base.path(),
                                                span.adapters().selection().keySet(),
                                                own));
                    }
                    double p = own.isEmpty() ? 0 : own.iterator().next();
                    return p == 0 ? rows.head() : drop(layer, rows.head(), p);
                });
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
            if (adapter != null && !selected.isDormant(i)) {
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
        return RowsApart.run(
                layer.context.kernels(),
                training ? layer.context.steps() : null,
                spans,
                new NDList(x),
                (span, own) -> layer.forward(span.adapters(), store, own.head(), training, params));
    }
}
