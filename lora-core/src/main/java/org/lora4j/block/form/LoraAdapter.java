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
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.lora4j.block.kernels.LowRankTerm;
import org.lora4j.block.weight.BlockWeights;
import org.lora4j.block.weight.DetachedView;

/**
 * One adapter on one layer: the pair A, B, the magnitudes of DoRA if it has them, and its numbers.
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
    private final @Nullable Magnitude magnitude;

    /**
     * Makes an adapter whose parameters train.
     *
     * @param name its name
     * @param spec its numbers
     * @param form the shapes of A and B
     * @param matrices the first values of A and B
     */
    public LoraAdapter(String name, AdapterSpec spec, LowRankForm form, Pair matrices) {
        this(name, spec, form, matrices, null);
    }

    /**
     * Makes an adapter whose parameters train, with magnitudes.
     *
     * @param name its name
     * @param spec its numbers
     * @param form the shapes of A and B
     * @param matrices the first values of A and B
     * @param magnitudes the first values of DoRA's magnitudes; null for an adapter without
     */
    public LoraAdapter(
            String name,
            AdapterSpec spec,
            LowRankForm form,
            Pair matrices,
            @Nullable NDArray magnitudes) {
        this.name = name;
        this.spec = spec;
        this.form = form;
        Parameter.Type type = Parameter.Type.WEIGHT;
        this.a = BlockWeights.parameter(parameterName("lora_A", name), type, matrices.a(), true);
        this.b = BlockWeights.parameter(parameterName("lora_B", name), type, matrices.b(), true);
        this.viewA = new DetachedView(a);
        this.viewB = new DetachedView(b);
        this.magnitude = magnitudes == null ? null : new Magnitude(name, magnitudes);
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

    /** Returns DoRA's magnitudes; null where the adapter has none. */
    public @Nullable Magnitude magnitude() {
        return magnitude;
    }

    /** Returns what trains: A, B and the magnitudes. */
    public List<Parameter> parameters() {
        return magnitude == null ? List.of(a, b) : List.of(a, b, magnitude.parameter());
    }

    /** Returns the parameters by PEFT's suffix, A first. */
    public Map<String, Parameter> tensors() {
        Map<String, Parameter> tensors = new LinkedHashMap<>();
        tensors.put(form.suffixA(), a);
        tensors.put(form.suffixB(), b);
        if (magnitude != null) {
            tensors.put(Magnitude.SUFFIX, magnitude.parameter());
        }
        return tensors;
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
        if (magnitude != null) {
            magnitude.close();
        }
    }

    /** The two arrays of an adapter. */
    public record Pair(NDArray a, NDArray b) {}
}
