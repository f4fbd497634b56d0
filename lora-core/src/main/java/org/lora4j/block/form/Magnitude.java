/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.block.form;

import ai.djl.Device;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDArrays;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
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
     * @param adapter whose magnitudes these are
     * @param weighting its weight in the selection
     * @return a new array, of the weight's manager
     */
    public synchronized NDArray norms(
            LoraKernels kernels, NDArray weight, LoraAdapter adapter, double weighting) {
        LowRankTerm term = adapter.detached(weighting);
        LowRankTerm origin = adapter.originTerm(weighting);
        LowRankForm form = adapter.form();
        if (!kernels.tellsVersions()) {
            return measured(kernels, weight, term, origin, form);
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
                            weight,
                            term.scaling(),
                            version,
                            measured(kernels, weight, term, origin, form));
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
     * @param origin A0, B0 and -s of what is taken off W0, or null
     * @param form the shapes of A and B; it has magnitudes
     * @return a new array in float32, or of a float64 weight in float64; of the weight's manager
     */
    public static NDArray measured(
            LoraKernels kernels,
            NDArray weight,
            LowRankTerm term,
            @Nullable LowRankTerm origin,
            LowRankForm form) {
        try (NDManager scope = weight.getManager().newSubManager()) {
            LowRankTerm whole = origin == null ? term : difference(scope, term, origin);
            NDArray norms = kernels.norms(weight, whole, form.outputsLast());
            norms.attach(scope);
            NDArray shaped = norms.reshape(form.magnitudes());
            shaped.attach(weight.getManager());
            return shaped;
        }
    }

    /** B A - B0 A0 as one product. */
    private static LowRankTerm difference(NDManager scope, LowRankTerm term, LowRankTerm origin) {
        NDArray less = origin.b().neg();
        less.attach(scope);
        NDArray a = NDArrays.concat(new NDList(term.a(), origin.a()), 0);
        a.attach(scope);
        NDArray b = NDArrays.concat(new NDList(term.b(), less), 1);
        b.attach(scope);
        return new LowRankTerm(a, b, term.scaling(), term.dtype());
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
