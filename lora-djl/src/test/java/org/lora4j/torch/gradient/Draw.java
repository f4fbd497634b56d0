/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.torch.gradient;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;

/** Draws the arrays of one case. */
final class Draw {
    final Random random;
    final NDManager manager;
    final NDList inputs = new NDList();
    final List<NDArray> trained = new ArrayList<>();

    Draw(NDManager manager, long seed) {
        this.manager = manager;
        this.random = new Random(seed);
    }

    int number(int least, int most) {
        return least + random.nextInt(most - least + 1);
    }

    NDArray array(long... shape) {
        double[] values = random.doubles(new Shape(shape).size(), -1.5, 1.5).toArray();
        return manager.create(values, new Shape(shape));
    }

    /** An activation whose gradient is wanted. */
    int input(long... shape) {
        inputs.add(array(shape));
        return inputs.size() - 1;
    }

    NDArray trained(long... shape) {
        NDArray weight = array(shape);
        weight.setRequiresGradient(true);
        trained.add(weight);
        return weight;
    }

    NDArray kept(long... shape) {
        return array(shape).gt(-0.7);
    }
}
