/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.djl.combine;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.lora4j.block.random.CounterRandom;
import org.lora4j.core.Combination;

/**
 * Merges what several adapters have in one place: each tensor is pruned, the signs may be elected,
 * and the weighted rest is summed, in float32. Follows peft/utils/merge_utils.py of peft 0.21.2.
 * Stateless.
 */
public final class TaskTensors {
    private TaskTensors() {}

    /**
     * Returns Σ wᵢ P(Tᵢ), where P prunes; with elected signs, of each element the mean of those wᵢ
     * P(Tᵢ) whose P(Tᵢ) has the elected sign.
     *
     * @param how the pruning and the signs
     * @param tensors Tᵢ, at least one, of one length; they stay as they are
     * @param weights wᵢ
     * @param keys of each tensor, from which a random pruning draws: element e of it is kept where
     *     {@link CounterRandom#uniform} of the key and e is below the density
     * @return as long as each tensor
     */
    public static float[] merged(
            Combination.Pruned how, List<float[]> tensors, double[] weights, long[] keys) {
        List<float[]> pruned = new ArrayList<>();
        for (int i = 0; i < tensors.size(); i++) {
            pruned.add(pruned(how, tensors.get(i), keys[i]));
        }
        float[] sum = new float[tensors.get(0).length];
        for (int e = 0; e < sum.length; e++) {
            float sign = elected(how.signs(), pruned, e);
            int kept = 0;
            float total = 0;
            for (int i = 0; i < pruned.size(); i++) {
                float value = pruned.get(i)[e];
                if (sign == 0 || Math.signum(value) == sign) {
                    total += value * (float) weights[i];
                    kept++;
                }
            }
            sum[e] = sign == 0 ? total : total / Math.max(kept, 1);
        }
        return sum;
    }

    /** The sign that most have or, where they balance, +1; 0 where signs do not matter. */
    private static float elected(Combination.Signs signs, List<float[]> pruned, int e) {
        if (signs == Combination.Signs.ANY) {
            return 0;
        }
        float sum = 0;
        for (float[] tensor : pruned) {
            sum += signs == Combination.Signs.TOTAL ? tensor[e] : Math.signum(tensor[e]);
        }
        return sum >= 0 ? 1 : -1;
    }

    private static float[] pruned(Combination.Pruned how, float[] tensor, long key) {
        if (how.density() >= 1) {
            return tensor;
        }
        return switch (how.pruning()) {
            case MAGNITUDE -> largest(tensor, (int) (how.density() * tensor.length));
            case RANDOM -> drawn(tensor, how.density(), key);
        };
    }

    /** The k elements of the largest magnitudes; of equal ones the first. */
    private static float[] largest(float[] tensor, int k) {
        float[] kept = new float[tensor.length];
        if (k == 0) {
            return kept;
        }
        float[] sorted = new float[tensor.length];
        for (int e = 0; e < sorted.length; e++) {
            sorted[e] = Math.abs(tensor[e]);
        }
        Arrays.parallelSort(sorted);
        float least = sorted[sorted.length - k];
        int equal = 0;
        for (int e = sorted.length - k; e < sorted.length && sorted[e] == least; e++) {
            equal++;
        }
        for (int e = 0; e < kept.length; e++) {
            float size = Math.abs(tensor[e]);
            if (size > least || (size == least && equal-- > 0)) {
                kept[e] = tensor[e];
            }
        }
        return kept;
    }

    private static float[] drawn(float[] tensor, double density, long key) {
        float[] kept = new float[tensor.length];
        for (int e = 0; e < kept.length; e++) {
            if (CounterRandom.uniform(key, e) < density) {
                kept[e] = tensor[e] / (float) density;
            }
        }
        return kept;
    }
}
