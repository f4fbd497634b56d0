/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.block.rows;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import java.util.List;
import java.util.function.BiFunction;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.lora4j.block.StepContext;
import org.lora4j.block.kernels.LoraKernels;
import org.lora4j.block.pass.RowLayout.Span;

/** Runs the rows of each span of a batch by themselves, and joins what they give. */
public final class RowsApart {
    private RowsApart() {}

    /**
     * Runs all spans, one after another.
     *
     * @param kernels the arithmetic
     * @param steps by what dropouts inside of the run are counted; null where there are none
     * @param spans the spans, which cover all rows
     * @param inputs arrays that have all rows as their first dimension, at least one
     * @param run computes the result of a span from its rows
     * @return the results' rows, which belong to the manager of the first input
     */
    public static NDArray run(
            LoraKernels kernels,
            @Nullable StepContext steps,
            List<Span> spans,
            NDList inputs,
            BiFunction<Span, NDList, NDArray> run) {
        NDArray x = inputs.head();
        long all = x.getShape().get(0);
        NDManager owner = x.getManager();
        try (NDManager scope = owner.newSubManager()) {
            NDList results = new NDList();
            for (Span span : spans) {
                NDList own = new NDList();
                for (NDArray input : inputs) {
                    own.add(kernels.rows(input, span.from(), span.to()));
                }
                own.attach(scope);
                Supplier<NDArray> part = () -> run.apply(span, own);
                NDArray result =
                        steps == null ? part.get() : steps.part(span.from(), span.to(), all, part);
                result.attach(scope);
                results.add(result);
            }
            NDArray joined = kernels.joined(results);
            joined.attach(owner);
            return joined;
        }
    }
}
