/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.torch.gradient;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import java.util.List;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/** A segment that keeps its inputs and runs again when gradients are carried back. */
final class RecomputedSegment implements Segment {
    private final NDList outputs;
    private final boolean[] needed;
    private final NDList inputs = new NDList();
    private final Function<NDList, Segment> again;

    /**
     * Takes the place of a segment that was run.
     *
     * @param first the segment, whose kept arrays are freed
     * @param arrays its inputs, which their owner closes
     * @param scope lives until gradients were carried back
     * @param again runs it once more
     */
    RecomputedSegment(
            Segment first, NDList arrays, NDManager scope, Function<NDList, Segment> again) {
        this.outputs = first.outputs();
        this.needed = first.needed();
        this.again = again;
        for (NDArray array : arrays) {
            NDArray same = array.stopGradient();
            same.attach(scope);
            inputs.add(same);
        }
        first.discard();
    }

    @Override
    public NDList outputs() {
        return outputs;
    }

    @Override
    public boolean[] needed() {
        return needed.clone();
    }

    @Override
    public long keptBytes() {
        return 0;
    }

    @Override
    public List<@Nullable NDArray> pullback(List<@Nullable NDArray> gradients, GradientSums sums) {
        Segment second = again.apply(inputs);
        List<@Nullable NDArray> found = second.pullback(gradients, sums);
        second.outputs().close();
        inputs.close();
        return found;
    }

    @Override
    public void discard() {
        inputs.close();
    }
}
