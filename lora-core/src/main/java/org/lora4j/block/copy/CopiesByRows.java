/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.block.copy;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.lora4j.block.StepContext;
import org.lora4j.block.kernels.LoraKernels;
import org.lora4j.block.pass.RowLayout;
import org.lora4j.block.pass.SelectedAdapters;

/**
 * Runs a block on a batch whose texts have adapters of their own: the texts of each set of copies
 * by themselves, and the results joined.
 *
 * @param path the block's module path
 * @param copies the adapters' copies
 * @param kernels the arithmetic
 * @param steps by what dropouts inside of the block are counted; null unless it trains
 */
record CopiesByRows(
        String path, ParameterCopies copies, LoraKernels kernels, @Nullable StepContext steps) {
    /** Runs the block. */
    @FunctionalInterface
    interface Run {
        /**
         * Runs the block on some of the rows.
         *
         * @param own the copies, or null for the block's own parameters
         */
        NDList of(ParameterCopies.@Nullable OfAdapter own, NDList inputs);
    }

    private record Part(ParameterCopies.@Nullable OfAdapter own, long from, long to) {}

    NDList run(RowLayout rows, NDList inputs, Run run) {
        ParameterCopies.OfAdapter first = copies.active(rows.groups().get(0));
        boolean alike = true;
        for (SelectedAdapters group : rows.groups()) {
            alike &= copies.active(group) == first;
        }
        if (alike) {
            return run.of(first, inputs);
        }
        NDArray x = inputs.head();
        if (!inputs.stream().allMatch(input -> input.getShape().equals(x.getShape()))) {
            throw new IllegalStateException(
                    ("%s has copies of its own with each adapter and reads what texts share, as"
                                    + " whole layers do; texts with adapters of their own can share"
                                    + " a batch where such modules read rows of tokens or texts"
                                    + " alone. Run the texts of each adapter by themselves")
                            .formatted(path));
        }
        NDManager owner = x.getManager();
        try (NDManager scope = owner.newSubManager()) {
            NDList results = new NDList();
            for (Part part : parts(rows.spans(x.getShape().get(0), path))) {
                NDList own = new NDList();
                for (NDArray input : inputs) {
                    own.add(kernels.rows(input, part.from, part.to));
                }
                own.attach(scope);
                long all = x.getShape().get(0);
                NDList made =
                        steps == null
                                ? run.of(part.own, own)
                                : steps.part(part.from, part.to, all, () -> run.of(part.own, own));
                NDArray result = made.singletonOrThrow();
                result.attach(scope);
                results.add(result);
            }
            NDArray joined = kernels.joined(results);
            joined.attach(owner);
            return new NDList(joined);
        }
    }

    private List<Part> parts(List<RowLayout.Span> spans) {
        List<Part> parts = new ArrayList<>();
        for (RowLayout.Span span : spans) {
            ParameterCopies.OfAdapter own = copies.active(span.adapters());
            int last = parts.size() - 1;
            if (last >= 0 && parts.get(last).own == own) {
                parts.set(last, new Part(own, parts.get(last).from, span.to()));
            } else {
                parts.add(new Part(own, span.from(), span.to()));
            }
        }
        return parts;
    }
}
