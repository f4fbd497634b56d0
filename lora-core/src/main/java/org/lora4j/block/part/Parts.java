/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.block.part;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.nn.Block;
import ai.djl.nn.BlockList;
import ai.djl.nn.Parameter;
import java.util.Collection;
import java.util.Map;
import java.util.Set;
import java.util.function.BiFunction;
import org.jspecify.annotations.Nullable;
import org.lora4j.block.AdapterCoverage;
import org.lora4j.block.LayerPass;
import org.lora4j.block.LoraContext;
import org.lora4j.block.pass.AdapterSlots;
import org.lora4j.block.pass.RowLayout;
import org.lora4j.block.pass.SelectedAdapters;
import org.lora4j.block.rows.RowsApart;
import org.lora4j.block.weight.ListedParameters;

/**
 * The parts of the adapters on one host, beside its frozen base. Readers on other threads see a
 * part completely or not at all.
 */
public final class Parts<T extends Part> {
    final AdapterCoverage.Mark mark;
    private final String path;
    private final Block base;
    private final LoraContext context;
    private final ListedParameters listed;
    private final AdapterSlots<T> slots;

    /**
     * Begins with no part.
     *
     * @param parameters the host's own parameters, which become those of the parts
     * @param children the host's children, of which the base becomes the only one
     */
    Parts(
            String path,
            Block base,
            LoraContext context,
            Map<String, Parameter> parameters,
            BlockList children) {
        parameters.clear();
        children.add("base", base);
        this.path = path;
        this.base = base;
        this.context = context;
        this.listed = new ListedParameters(parameters);
        this.slots = new AdapterSlots<>(path, context.active().names());
        this.mark = context.coverage().mark(path, parameters.values());
        base.freezeParameters(true);
    }

    String path() {
        return path;
    }

    Block base() {
        return base;
    }

    LoraContext context() {
        return context;
    }

    void checkFree(String key) {
        slots.checkFree(key);
    }

    void add(String key, T part) {
        part.tensors().values().forEach(listed::add);
        slots.put(key, part);
    }

    void remove(String key) {
        T part = slots.remove(key);
        if (part != null) {
            part.tensors().values().forEach(listed::remove);
            part.close();
        }
    }

    Collection<T> values() {
        return slots.values();
    }

    boolean isEmpty() {
        return slots.isEmpty();
    }

    Set<String> names() {
        return slots.names();
    }

    @Nullable T get(String key) {
        return slots.get(key);
    }

    T require(String key) {
        return slots.require(key);
    }

    /** Returns the part of an adapter of a selection, or null. */
    @Nullable T get(SelectedAdapters selected, int index) {
        return slots.get(selected.version(index));
    }

    /**
     * Runs a block with the adapters of the thread's pass: at once, or the texts of each selection
     * by themselves where texts have adapters of their own.
     *
     * @param inputs the block's input
     * @param run runs it on some of the rows
     */
    NDList run(NDList inputs, BiFunction<SelectedAdapters, NDArray, NDArray> run) {
        NDArray x = inputs.singletonOrThrow();
        try (LayerPass pass = context.active().layer()) {
            RowLayout rows = pass.rows();
            if (rows == null) {
                return new NDList(run.apply(pass.adapters(), x));
            }
            NDArray joined =
                    RowsApart.run(
                            context.kernels(),
                            null,
                            rows.spans(x.getShape().get(0), path),
                            inputs,
                            (span, own) -> run.apply(span.adapters(), own.head()));
            return new NDList(joined);
        }
    }

    /** Returns the part of the one selected adapter that has any, or null. */
    @Nullable T only(SelectedAdapters selected) {
        T found = null;
        for (int i = 0; i < selected.size(); i++) {
            T part = get(selected, i);
            if (part != null && found != null) {
                throw new IllegalStateException(
                        ("%s: several active adapters %s have their own tensors here; expected"
                                        + " one")
                                .formatted(path, selected.selection().keySet()));
            }
            found = part == null ? found : part;
        }
        return found;
    }

    /**
     * Refuses a selected adapter whose weight is not 1.
     *
     * @param subject begins the message, such as the path
     * @param reason why its tensors have no weight
     */
    static void requireWhole(SelectedAdapters selected, int index, String subject, String reason) {
        if (selected.weight(index) != 1) {
            throw new IllegalStateException(
                    "%sthe adapter \"%s\" is %s; expected a selection with the weight 1, found %s"
                            .formatted(
                                    subject,
                                    selected.version(index).name(),
                                    reason,
                                    selected.weight(index)));
        }
    }
}
