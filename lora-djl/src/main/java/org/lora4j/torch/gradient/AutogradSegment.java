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

/** A segment that autograd differentiates. */
final class AutogradSegment implements Segment {
    private final NDManager scope;
    private final List<@Nullable NDArray> leaves = new ArrayList<>();
    private final NDList outputs;
    private final List<@Nullable NDArray> recorded = new ArrayList<>();
    private final boolean[] needed;

    AutogradSegment(NDManager scope, Forward forward, NDList arrays, boolean[] needed) {
        this.scope = scope;
        NDList inputs = new NDList();
        for (int i = 0; i < needed.length; i++) {
            NDArray array = arrays.get(i);
            NDArray leaf = null;
            if (needed[i]) {
                leaf = array.stopGradient();
                leaf.attach(scope);
                leaf.setRequiresGradient(true);
            }
            leaves.add(leaf);
            inputs.add(leaf == null ? array : leaf);
        }
        try (GradMode on = GradMode.on()) {
            outputs = forward.apply(scope, inputs);
        }
        this.needed = new boolean[outputs.size()];
        for (int i = 0; i < this.needed.length; i++) {
            this.needed[i] = Autograd.isRecorded(outputs.get(i));
            // its owner may close the output itself before gradients are carried back
            recorded.add(this.needed[i] ? attached(Autograd.handle(outputs.get(i))) : null);
        }
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
    public List<@Nullable NDArray> pullback(List<@Nullable NDArray> gradients, GradientSums sums) {
        NDList ys = new NDList();
        NDList dys = new NDList();
        for (int i = 0; i < needed.length; i++) {
            NDArray gradient = gradients.get(i);
            NDArray output = recorded.get(i);
            if (gradient != null && output != null) {
                ys.add(output);
                dys.add(gradient);
            }
        }
        List<NDArray> xs = new ArrayList<>();
        for (NDArray leaf : leaves) {
            if (leaf != null) {
                xs.add(leaf);
            }
        }
        int inputs = xs.size();
        xs.addAll(sums.trained());
        List<@Nullable NDArray> found = new ArrayList<>();
        if (ys.isEmpty() || xs.isEmpty()) {
            leaves.forEach(leaf -> found.add(null));
            return found;
        }
        List<@Nullable NDArray> all = Autograd.pullbackFound(ys, dys, xs);
        for (int i = 0, next = 0; i < leaves.size(); i++) {
            NDArray gradient = leaves.get(i) == null ? null : all.get(next++);
            found.add(gradient == null ? null : attached(gradient));
        }
        for (int i = inputs; i < xs.size(); i++) {
            NDArray gradient = all.get(i);
            if (gradient != null) {
                sums.add(i - inputs, gradient);
            }
        }
        ys.close();
        dys.close();
        return found;
    }

    /** Not known of autograd's graph. */
    @Override
    public long keptBytes() {
        return 0;
    }

    @Override
    public void discard() {
        for (int i = 0; i < needed.length; i++) {
            NDArray output = recorded.get(i);
            if (output != null) {
                output.close();
            }
        }
    }

    private NDArray attached(NDArray gradient) {
        gradient.attach(scope);
        return gradient;
    }
}
