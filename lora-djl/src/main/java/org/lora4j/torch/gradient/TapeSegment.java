/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.torch.gradient;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.lora4j.torch.Autograd;
import org.lora4j.torch.GradMode;
import org.lora4j.torch.tape.GradientTape;
import org.lora4j.torch.tape.TapeValue;

/** A segment on a tape. */
final class TapeSegment implements Segment {
    private static final GradientTape.Watch WATCH =
            new GradientTape.Watch() {
                @Override
                public boolean isComputed(NDArray array) {
                    return Autograd.isRecorded(array) && !Autograd.isLeaf(array);
                }

                @Override
                public long version(NDArray array) {
                    return Autograd.version(array);
                }
            };

    private final NDManager scope;
    private final GradientTape tape;
    private final List<TapeValue> inputs = new ArrayList<>();
    private final List<TapeValue> results = new ArrayList<>();
    private final NDList outputs;

    /**
     * Runs a segment.
     *
     * @param needed for each input whether its gradient is wanted
     * @throws org.lora4j.torch.tape.UnrecordedException if an operation cannot be recorded
     */
    TapeSegment(NDManager scope, Forward forward, NDList arrays, boolean[] needed) {
        this.scope = scope;
        tape = new GradientTape(scope);
        try {
            try (GradientTape.Recording recording = tape.record()) {
                for (int i = 0; i < needed.length; i++) {
                    inputs.add(tape.declare(arrays.get(i), needed[i]));
                }
                outputs = forward.apply(scope, arrays);
                for (NDArray output : outputs) {
                    results.add(tape.value(output));
                }
            }
        } catch (RuntimeException | Error e) {
            tape.close();
            throw e;
        }
    }

    /**
     * Runs a segment once for nothing but to find what a tape would not see.
     *
     * @throws org.lora4j.torch.tape.UnrecordedException if there is such a thing
     */
    static void watch(NDManager scope, Forward forward, NDList arrays, boolean[] needed) {
        try (NDManager own = scope.newSubManager();
                GradientTape tape = GradientTape.watching(own, WATCH)) {
            NDList leaves = new NDList();
            for (int i = 0; i < needed.length; i++) {
                NDArray leaf = arrays.get(i).stopGradient();
                leaf.attach(own);
                if (needed[i]) {
                    leaf.setRequiresGradient(true);
                }
                leaves.add(leaf);
            }
            try (GradientTape.Recording recording = tape.record()) {
                for (int i = 0; i < needed.length; i++) {
                    tape.declare(leaves.get(i), needed[i]);
                }
                forward.apply(own, leaves).forEach(tape::value);
                tape.checkKept();
            }
        }
    }

    @Override
    public NDList outputs() {
        return outputs;
    }

    @Override
    public boolean[] needed() {
        boolean[] needed = new boolean[results.size()];
        for (int i = 0; i < needed.length; i++) {
            needed[i] = results.get(i).isNeeded();
        }
        return needed;
    }

    @Override
    public List<@Nullable NDArray> pullback(List<@Nullable NDArray> gradients, GradientSums sums) {
        List<TapeValue> values = new ArrayList<>();
        List<NDArray> given = new ArrayList<>();
        for (int i = 0; i < results.size(); i++) {
            NDArray gradient = gradients.get(i);
            if (gradient != null) {
                values.add(results.get(i));
                given.add(gradient);
            }
        }
        // the caller may be recording: gradients are values and depend on nothing
        try (GradMode off = GradMode.off()) {
            tape.backward(values, given);
        }
        tape.forEachTrained(sums::add);
        List<@Nullable NDArray> found = new ArrayList<>();
        for (TapeValue input : inputs) {
            NDArray gradient = input.isNeeded() ? tape.take(input) : null;
            if (gradient != null) {
                gradient.attach(scope);
            }
            found.add(gradient);
        }
        tape.close();
        return found;
    }

    @Override
    public long keptBytes() {
        return tape.keptBytes();
    }

    @Override
    public void discard() {
        tape.close();
    }
}
