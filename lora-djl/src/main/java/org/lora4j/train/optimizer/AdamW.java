/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.train.optimizer;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;
import org.lora4j.torch.Optimizers;

/** Adam with decoupled weight decay, as torch.optim.AdamW: see {@link Optimizers#adamW}. */
public final class AdamW implements Optimizer {
    private final OptimizerSettings settings;
    private final NDList tensors;
    private final NDList means = new NDList();
    private final NDList variances = new NDList();
    private final Map<String, NDArray> state = new LinkedHashMap<>();

    /** Creates the optimiser; see {@link Optimizer.Factory#create}. */
    public AdamW(OptimizerSettings settings, Map<String, NDArray> tensors, NDManager manager) {
        this.settings = settings;
        this.tensors = new NDList(tensors.values());
        tensors.forEach((path, tensor) -> add(means, "means/" + path, tensor, manager));
        tensors.forEach((path, tensor) -> add(variances, "variances/" + path, tensor, manager));
    }

    private void add(NDList moments, String name, NDArray tensor, NDManager manager) {
        NDArray zeros = manager.zeros(tensor.getShape(), DataType.FLOAT32);
        moments.add(zeros);
        state.put(name, zeros);
    }

    @Override
    public void update(NDList gradients, int step, double rate) {
        Optimizers.adamW(
                tensors,
                gradients,
                means,
                variances,
                step,
                rate,
                settings.beta1(),
                settings.beta2(),
                settings.eps(),
                settings.weightDecay());
    }

    @Override
    public Map<String, NDArray> state() {
        return Collections.unmodifiableMap(state);
    }
}
