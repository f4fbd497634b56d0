/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.block.form;

import ai.djl.Device;
import ai.djl.ndarray.NDArray;
import ai.djl.nn.Parameter;
import ai.djl.training.ParameterStore;
import org.jspecify.annotations.Nullable;
import org.lora4j.block.kernels.LoraKernels;
import org.lora4j.block.kernels.LowRankTerm;
import org.lora4j.block.weight.BlockWeights;
import org.lora4j.block.weight.DetachedView;

/**
 * The magnitudes m of DoRA (Liu et al. 2024, arXiv:2402.09353): with V = W0 + s·B·A, the adapted
 * weight is m ∘ V / ‖V‖, where m and ‖V‖ have one number for each output.
 *
 * <p>m begins as ‖V‖, so that a new adapter changes nothing, and trains beside A and B. ‖V‖ counts
 * as a constant in gradients (section 4.3 of the paper). An output whose ‖V‖ is 0 is left as it is,
 * and its m gets no gradient. The lengths are kept until A or B is written. Thread-safe, except for
 * writing into m.
 *
 * <p>Follows PEFT's tuners/lora/dora.py, which gives NaN where ‖V‖ is 0.
 */
public final class Magnitude {
    /** PEFT's name of m below the module's path. */
    public static final String SUFFIX = "lora_magnitude_vector";

    private final Parameter parameter;
    private final DetachedView view;
    private @Nullable Kept kept;

    /** Lengths of V and what they are of. */
    private record Kept(NDArray weight, double scaling, long version, NDArray norms) {}

    Magnitude(String adapter, NDArray values) {
        this.parameter =
                BlockWeights.parameter(
                        LoraAdapter.parameterName(SUFFIX, adapter),
                        Parameter.Type.WEIGHT,
                        values,
                        true);
        this.view = new DetachedView(parameter);
    }

    /** Returns m, shaped as {@link LowRankForm#magnitudes} says. */
    public Parameter parameter() {
        return parameter;
    }

    /**
     * Returns m for a forward pass: without gradients, unless the pass trains.
     *
     * @param store where a training pass looks parameters up
     * @param device where the activation is
     * @param training whether gradients may be asked for
     */
    public NDArray value(ParameterStore store, Device device, boolean training) {
        return view.value(store, device, training);
    }

    /** Returns m without gradients; the array belongs to the adapter. */
    public NDArray detached() {
        return view.get();
    }

    /**
     * Returns ‖V‖, shaped as m.
     *
     * @param kernels the arithmetic
     * @param weight W0
     * @param term A, B and s, without gradients
     * @param form the shapes of A and B
     * @return a new array, of the weight's manager
     */
    public synchronized NDArray norms(
            LoraKernels kernels, NDArray weight, LowRankTerm term, LowRankForm form) {
        if (!kernels.tellsVersions()) {
            return measured(kernels, weight, term, form);
        }
        long version = kernels.version(term.a(), term.b());
        Kept known = kept;
        if (known == null
                || known.weight != weight
                || known.scaling != term.scaling()
                || known.version != version) {
            forget();
            known =
                    new Kept(
                            weight, term.scaling(), version, measured(kernels, weight, term, form));
            kept = known;
        }
        // others may measure anew while the caller reads
        return known.norms.duplicate();
    }

    /**
     * Measures ‖V‖, shaped as m.
     *
     * @param kernels the arithmetic
     * @param weight W0
     * @param term A, B and s, without gradients
     * @param form the shapes of A and B; it has magnitudes
     * @return a new array in float32, or of a float64 weight in float64; of the weight's manager
     */
    public static NDArray measured(
            LoraKernels kernels, NDArray weight, LowRankTerm term, LowRankForm form) {
        try (NDArray norms = kernels.norms(weight, term, form.outputsLast())) {
            return norms.reshape(form.magnitudes());
        }
    }

    private void forget() {
        if (kept != null) {
            kept.norms.close();
            kept = null;
        }
    }

    synchronized void close() {
        forget();
        view.close();
        parameter.close();
    }
}
