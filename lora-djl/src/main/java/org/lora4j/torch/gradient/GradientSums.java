/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.torch.gradient;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import java.util.Arrays;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.function.BiConsumer;
import org.jspecify.annotations.Nullable;

/** The gradients of what is trained, summed over segments and batches. Not thread-safe. */
public final class GradientSums {
    private final List<NDArray> trained;
    private final IdentityHashMap<NDArray, Integer> places = new IdentityHashMap<>();
    private final @Nullable NDArray[] sums;
    private final NDManager owner;

    /**
     * Begins with no gradients.
     *
     * @param trained arrays that require gradients
     * @param owner the manager that gets the sums
     */
    public GradientSums(List<NDArray> trained, NDManager owner) {
        this.trained = trained;
        this.owner = owner;
        this.sums = new NDArray[trained.size()];
        for (int i = 0; i < trained.size(); i++) {
            places.put(trained.get(i), i);
        }
    }

    /** Returns what is trained. */
    List<NDArray> trained() {
        return trained;
    }

    /**
     * Adds a gradient, which is the sums' from now on.
     *
     * @param array one of the trained arrays; others are ignored
     * @param gradient shaped as it
     */
    public void add(NDArray array, NDArray gradient) {
        Integer place = places.get(array);
        if (place == null) {
            gradient.close();
        } else {
            add(place, gradient);
        }
    }

    void add(int place, NDArray gradient) {
        NDArray sum = sums[place];
        if (sum == null) {
            gradient.attach(owner);
            sums[place] = gradient;
        } else {
            sum.addi(gradient);
            gradient.close();
        }
    }

    /** Returns for each trained array whether a gradient was added. */
    public boolean[] found() {
        boolean[] found = new boolean[sums.length];
        for (int i = 0; i < sums.length; i++) {
            found[i] = sums[i] != null;
        }
        return found;
    }

    /** Returns whether a trained array has no gradient yet. */
    public boolean isIncomplete() {
        return Arrays.asList(sums).contains(null);
    }

    /**
     * Visits the arrays that have a gradient, with its sum, which stays the sums' own.
     *
     * @param visitor gets the array first
     */
    public void forEachFound(BiConsumer<NDArray, NDArray> visitor) {
        for (int i = 0; i < sums.length; i++) {
            NDArray sum = sums[i];
            if (sum != null) {
                visitor.accept(trained.get(i), sum);
            }
        }
    }

    /** Adds what other sums have, which they no longer own. */
    public void addAll(GradientSums others) {
        for (int i = 0; i < sums.length; i++) {
            NDArray sum = others.sums[i];
            others.sums[i] = null;
            if (sum != null) {
                add(i, sum);
            }
        }
    }

    /** Returns all sums, zeros where no gradient was added. */
    public NDList complete() {
        NDList all = new NDList();
        for (int i = 0; i < sums.length; i++) {
            NDArray sum = sums[i];
            if (sum == null) {
                NDArray array = trained.get(i);
                sum = owner.zeros(array.getShape(), array.getDataType(), array.getDevice());
                sums[i] = sum;
            }
            all.add(sum);
        }
        return all;
    }

    /** Frees the sums. */
    public void close() {
        for (int i = 0; i < sums.length; i++) {
            NDArray sum = sums[i];
            if (sum != null) {
                sum.close();
                sums[i] = null;
            }
        }
    }
}
