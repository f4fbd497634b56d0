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
import org.lora4j.block.kernels.LowRankTerm;
import org.lora4j.block.weight.BlockWeights;
import org.lora4j.block.weight.DetachedView;

/**
 * One adapter on one layer: the pair A, B and its numbers.
 *
 * <p>A and B are DJL parameters, so DJL's trainers and ours see them. Passes that do not train read
 * them detached, so threads that serve record no gradients. Reading is thread-safe; writing into A
 * and B is for the one thread that trains them.
 */
public final class LoraAdapter {
    private static final String DEFAULT = "default";

    private final String name;
    private final AdapterSpec spec;
    private final LowRankForm form;
    private final Parameter a;
    private final Parameter b;
    private final DetachedView viewA;
    private final DetachedView viewB;

    /**
     * Makes an adapter whose parameters train.
     *
     * @param name its name
     * @param spec its numbers
     * @param form the shapes of A and B
     * @param matrices the first values of A and B
     */
    public LoraAdapter(String name, AdapterSpec spec, LowRankForm form, Pair matrices) {
        this.name = name;
        this.spec = spec;
        this.form = form;
        Parameter.Type type = Parameter.Type.WEIGHT;
        this.a = BlockWeights.parameter(parameterName("lora_A", name), type, matrices.a(), true);
        this.b = BlockWeights.parameter(parameterName("lora_B", name), type, matrices.b(), true);
        this.viewA = new DetachedView(a);
        this.viewB = new DetachedView(b);
    }

    /**
     * Returns the name of a parameter: loralib's for the adapter "default", with the adapter's name
     * appended for others.
     */
    public static String parameterName(String kind, String adapter) {
        return adapter.equals(DEFAULT) ? kind : kind + "_" + adapter;
    }

    /** Returns the adapter's name. */
    public String name() {
        return name;
    }

    /** Returns the adapter's numbers. */
    public AdapterSpec spec() {
        return spec;
    }

    public LowRankForm form() {
        return form;
    }

    /** Returns A; [r, in] for a linear layer. */
    public Parameter a() {
        return a;
    }

    /** Returns B; [out, r] for a linear layer. */
    public Parameter b() {
        return b;
    }

    /**
     * Returns the term that the adapter adds in a forward pass.
     *
     * @param weighting its weight in the selection
     * @param store where a training pass looks parameters up
     * @param device where the activation is
     * @param training whether gradients may be asked for
     */
    public LowRankTerm term(
            double weighting, ParameterStore store, Device device, boolean training) {
        return new LowRankTerm(
                viewA.value(store, device, training),
                viewB.value(store, device, training),
                spec.scaling() * weighting,
                spec.deltaDtype());
    }

    /**
     * Returns the term that the adapter adds, without gradients; its arrays belong to the adapter.
     *
     * @param weighting its weight in the selection
     */
    public LowRankTerm detached(double weighting) {
        return new LowRankTerm(
                viewA.get(), viewB.get(), spec.scaling() * weighting, spec.deltaDtype());
    }

    public void close() {
        viewA.close();
        viewB.close();
        a.close();
        b.close();
    }

    /** The two arrays of an adapter. */
    public record Pair(NDArray a, NDArray b) {}
}
