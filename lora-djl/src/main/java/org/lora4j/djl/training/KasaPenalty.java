/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.djl.training;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.nn.Block;
import java.util.ArrayList;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Objects;
import org.lora4j.block.AdaptedLayer;
import org.lora4j.block.AdapterHost;
import org.lora4j.block.form.LoraAdapter;
import org.lora4j.core.variant.LoraVariant;
import org.lora4j.djl.BlockTree;
import org.lora4j.torch.LossGradients;
import org.lora4j.train.penalty.Penalty;

/**
 * What KaSA adds to the loss: the sum over layers of β·Σ d² + γ·(‖BᵀB - I‖ + ‖A·Aᵀ - I‖), by
 * Frobenius' norm. Follows PEFT's _kasa_layer_regularization_loss (peft/tuners/lora/variants.py).
 *
 * <p>For the thread that trains.
 */
public final class KasaPenalty implements Penalty {
    private final List<Pair> pairs;

    private record Pair(NDArray a, NDArray b, NDArray diagonal, LoraVariant.Kasa numbers) {}

    private KasaPenalty(List<Pair> pairs) {
        this.pairs = pairs;
    }

    /**
     * Returns the penalty of the adapters of a tree that train.
     *
     * @param root a tree
     * @return {@link Penalty#NONE} where no adapter of KaSA trains
     */
    public static Penalty of(Block root) {
        List<Pair> pairs = new ArrayList<>();
        for (AdapterHost host : BlockTree.hosts(root)) {
            for (String name : host.adapterNames()) {
                LoraAdapter pair =
                        host instanceof AdaptedLayer layer
                                ? layer.adapter(name).orElse(null)
                                : null;
                if (pair != null && pair.spec().variant() instanceof LoraVariant.Kasa numbers) {
                    NDArray d =
                            Objects.requireNonNull(pair.tensors().get(LoraAdapter.DIAGONAL))
                                    .getArray();
                    if (d.hasGradient()) {
                        pairs.add(new Pair(pair.a().getArray(), pair.b().getArray(), d, numbers));
                    }
                }
            }
        }
        return pairs.isEmpty() ? NONE : new KasaPenalty(pairs);
    }

    @Override
    public double add(List<NDArray> arrays, NDList gradients) {
        IdentityHashMap<NDArray, NDArray> gradientOf = new IdentityHashMap<>();
        for (int i = 0; i < arrays.size(); i++) {
            gradientOf.put(arrays.get(i), gradients.get(i));
        }
        double sum = 0;
        for (Pair pair : pairs) {
            try (NDManager scope = pair.a.getManager().newSubManager()) {
                NDList found =
                        LossGradients.kasa(
                                pair.a,
                                pair.b,
                                pair.diagonal,
                                pair.numbers.beta(),
                                pair.numbers.gamma());
                found.attach(scope);
                sum += found.get(0).toDoubleArray()[0];
                List<NDArray> owners = List.of(pair.a, pair.b, pair.diagonal);
                for (int i = 0; i < owners.size(); i++) {
                    NDArray gradient = gradientOf.get(owners.get(i));
                    if (gradient != null) {
                        gradient.addi(found.get(i + 1));
                    }
                }
            }
        }
        return sum;
    }
}
