/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.block.copy;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.lora4j.block.StepContext;
import org.lora4j.block.kernels.LoraKernels;
import org.lora4j.block.pass.RowLayout;
import org.lora4j.block.pass.RowLayout.Span;
import org.lora4j.block.pass.SelectedAdapters;
import org.lora4j.block.rows.RowsApart;

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
        NDArray joined =
                RowsApart.run(
                        kernels,
                        steps,
                        alike(rows.spans(x.getShape().get(0), path)),
                        inputs,
                        (span, own) ->
                                run.of(copies.active(span.adapters()), own).singletonOrThrow());
        return new NDList(joined);
    }

    /** Joins neighbours that have the same copies. */
    private List<Span> alike(List<Span> spans) {
        List<Span> joined = new ArrayList<>();
        for (Span span : spans) {
            int last = joined.size() - 1;
            if (last >= 0
                    && copies.active(joined.get(last).adapters())
                            == copies.active(span.adapters())) {
                Span before = joined.get(last);
                joined.set(last, new Span(before.adapters(), before.from(), span.to()));
            } else {
                joined.add(span);
            }
        }
        return joined;
    }
}
