/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.block.form;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import org.jspecify.annotations.Nullable;
import org.lora4j.block.kernels.LoraKernels;
import org.lora4j.block.weight.PackedWeight;
import org.lora4j.core.Init;
import org.lora4j.core.variant.LoraVariant;

/**
 * The pair A0, B0 that PiSSA and OLoRA begin with. The layer subtracts s·B0·A0 in each pass, so
 * that W0, which others share, stays as it is, and a new adapter changes nothing. With KaSA it is
 * what the smallest singular values of W0 make, which the layer leaves out from then on.
 *
 * <p>It depends on W0, the rank and the scaling alone and is made anew when an adapter is loaded,
 * as PEFT does. Follows PEFT's tuners/lora/layer.py, pissa_init and olora_init, and
 * torch.svd_lowrank, whose start is drawn here from the layer's path.
 */
public final class Origin {
    private Origin() {}

    /**
     * Checks that an adapter can begin so on a layer.
     *
     * @param path the layer's module path
     * @param kind the kind of layer
     * @param spec the adapter's numbers
     * @param form the shapes of A and B
     * @param weight W0
     * @throws IllegalArgumentException if it cannot
     */
    public static void check(
            String path, String kind, AdapterSpec spec, LowRankForm form, NDArray weight) {
        boolean kasa = spec.variant() instanceof LoraVariant.Kasa;
        if (!kasa && (!spec.init().isPartOfWeight() || form instanceof EmbeddingForm)) {
            return;
        }
        String reason = null;
        if (!(form instanceof LinearForm linear)) {
            reason = "it is for linear layers and embeddings, which begin as ever";
        } else if (spec.rank() > Math.min(linear.in(), linear.out())) {
            reason =
                    "its rank %d is above the %d of W0"
                            .formatted(spec.rank(), Math.min(linear.in(), linear.out()));
        } else if (weight instanceof PackedWeight packed) {
            reason =
                    "its weight is held in %s; begin in full precision, and convert the adapter"
                                    .formatted(packed.format())
                            + " (Lora.saveAdapterAsLora, or lora4j convert) for the"
                            + " quantised base";
        } else if (!(spec.scaling() > 0)) {
            reason = "it needs a scaling above 0, found " + spec.scaling();
        } else if (kasa && spec.rank() == Math.min(linear.in(), linear.out())) {
            reason = "its rank %d is all of W0's; expected one below".formatted(spec.rank());
        } else if (kasa && form.outputsLast()) {
            reason = "PEFT's KaSA does not fit a weight [in, out], such as GPT-2's";
        } else if (spec.init() == Init.OLORA && form.outputsLast()) {
            reason = "PEFT's OLoRA does not fit a weight [in, out], such as GPT-2's";
        }
        if (reason != null) {
            throw new IllegalArgumentException(
                    "%s (%s) cannot begin with %s: %s"
                            .formatted(path, kind, kasa ? "KaSA" : spec.init(), reason));
        }
    }

    /**
     * Makes the matrices of a new adapter: A0 and B0 once more, or those of MiCA, or drawn ones.
     *
     * @param kernels the arithmetic
     * @param path the layer's module path
     * @param spec the adapter's numbers
     * @param form the shapes of A and B
     * @param weight W0, which is only read
     * @param origin A0 and B0, or null
     * @return new arrays in float32 of W0's manager
     * @throws IllegalArgumentException if the layer cannot begin so
     */
    public static LoraAdapter.Pair first(
            LoraKernels kernels,
            String path,
            AdapterSpec spec,
            LowRankForm form,
            NDArray weight,
            LoraAdapter.@Nullable Pair origin) {
        if (origin != null && spec.init().isPartOfWeight()) {
            return origin.copy();
        }
        return spec.init() == Init.MICA
                ? MinorInit.pair(kernels, path, spec, form, weight)
                : AdapterInit.DRAWN.matrices(path, spec, form, weight);
    }

    /**
     * Makes the pair.
     *
     * @param kernels the arithmetic
     * @param path the layer's module path
     * @param spec the adapter's numbers, which were checked
     * @param form the shapes of A and B
     * @param weight W0, which is only read
     * @return new arrays in float32 of W0's manager; null where A and B begin as ever
     */
    public static LoraAdapter.@Nullable Pair of(
            LoraKernels kernels, String path, AdapterSpec spec, LowRankForm form, NDArray weight) {
        boolean kasa = spec.variant() instanceof LoraVariant.Kasa;
        if (!(kasa || spec.init().isPartOfWeight()) || !(form instanceof LinearForm linear)) {
            return null;
        }
        NDManager owner = weight.getManager();
        try (NDManager scope = owner.newSubManager()) {
            NDList pair;
            if (kasa) {
                pair = kernels.smallest(weight, spec.rank(), spec.scaling());
            } else if (spec.init() == Init.OLORA) {
                pair = kernels.orthogonal(weight, spec.rank());
            } else {
                NDArray start = null;
                if (spec.initIterations() > 0) {
                    long smaller = Math.min(linear.in(), linear.out());
                    start = AdapterInit.start(path, new Shape(smaller, spec.rank()), weight);
                    start.attach(scope);
                }
                pair =
                        kernels.principal(
                                weight,
                                spec.rank(),
                                spec.scaling(),
                                form.outputsLast(),
                                start,
                                spec.initIterations());
            }
            pair.attach(owner);
            return new LoraAdapter.Pair(pair.get(0), pair.get(1));
        }
    }
}
