/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.train;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.lora4j.torch.Optimizers;
import org.lora4j.torch.Torch;

/** {@link Optimizers#adamW} with its moments, which live in the training's manager. */
final class AdamW implements ParameterOptimizer {
    private final LoraTrainingConfig config;
    private final List<String> paths;
    private final NDList tensors;
    private final NDList means;
    private final NDList variances;
    private int steps;

    /**
     * The moments by the path of their tensor: what a resumed training needs.
     *
     * @param steps the steps taken
     * @param means first moments
     * @param variances second moments
     */
    record State(int steps, Map<String, NDArray> means, Map<String, NDArray> variances) {}

    AdamW(LoraTrainingConfig config, TrainableParameters parameters, NDManager manager) {
        this.config = config;
        paths = parameters.paths();
        tensors = new NDList(parameters.arrays());
        means = parameters.zeros(manager);
        variances = parameters.zeros(manager);
    }

    @Override
    public void step(NDList gradients, double rate) {
        steps++;
        Optimizers.adamW(
                tensors,
                gradients,
                means,
                variances,
                steps,
                rate,
                config.beta1(),
                config.beta2(),
                config.eps(),
                config.weightDecay());
    }

    /** Returns the state; the arrays are the optimiser's own and change with the next step. */
    State state() {
        return new State(steps, byPath(means), byPath(variances));
    }

    /**
     * Takes a state over by copying it.
     *
     * @throws IllegalArgumentException if the state has other paths or shapes
     */
    void restore(State state) {
        copy(state.means(), means, "first");
        copy(state.variances(), variances, "second");
        steps = state.steps();
    }

    private void copy(Map<String, NDArray> from, NDList into, String moment) {
        if (!from.keySet().equals(Map.copyOf(byPath(into)).keySet())) {
            throw new IllegalArgumentException(
                    moment + " moments of " + from.keySet() + "; expected those of " + paths);
        }
        for (int i = 0; i < paths.size(); i++) {
            NDArray saved = from.get(paths.get(i));
            if (saved == null || !saved.getShape().equals(into.get(i).getShape())) {
                throw new IllegalArgumentException(
                        moment
                                + " moment of "
                                + paths.get(i)
                                + ": "
                                + (saved == null ? "absent" : saved.getShape())
                                + "; expected "
                                + into.get(i).getShape());
            }
        }
        for (int i = 0; i < paths.size(); i++) {
            NDArray saved = from.get(paths.get(i));
            if (saved != null) {
                Torch.copyInto(into.get(i), saved);
            }
        }
    }

    private Map<String, NDArray> byPath(NDList arrays) {
        Map<String, NDArray> map = new LinkedHashMap<>();
        for (int i = 0; i < paths.size(); i++) {
            map.put(paths.get(i), arrays.get(i));
        }
        return map;
    }
}
