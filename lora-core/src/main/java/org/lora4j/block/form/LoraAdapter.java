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
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.lora4j.block.kernels.Compression;
import org.lora4j.block.kernels.LowRankTerm;
import org.lora4j.block.weight.BlockWeights;
import org.lora4j.block.weight.DetachedView;
import org.lora4j.core.variant.LoraVariant;

/**
 * One adapter on one layer: the pair A, B, the magnitudes of DoRA if it has them, and its numbers.
 *
 * <p>A and B are DJL parameters, so DJL's trainers and ours see them. Passes that do not train read
 * them detached, so threads that serve record no gradients. Reading is thread-safe; writing into A
 * and B is for the one thread that trains them.
 */
public final class LoraAdapter {
    /** PEFT's name of the bias of B below the module's path. */
    public static final String BIAS = "lora_B.bias";

    /** PEFT's name of KaSA's diagonal below the module's path. */
    public static final String DIAGONAL = "lora_diag";

    private static final String DEFAULT = "default";

    private final String name;
    private final AdapterSpec spec;
    private final LowRankForm form;
    private final Parameter a;
    private final Parameter b;
    private final DetachedView viewA;
    private final DetachedView viewB;
    private final @Nullable Magnitude magnitude;
    private final @Nullable Pair origin;
    private final @Nullable Parameter bias;
    private final @Nullable DetachedView viewBias;
    private final @Nullable Parameter diagonal;
    private final @Nullable DetachedView viewDiagonal;
    private final Map<String, Parameter> kept;
    private final @Nullable Compression compression;

    /**
     * Makes an adapter whose parameters train.
     *
     * @param name its name
     * @param spec its numbers
     * @param form the shapes of A and B
     * @param matrices the first values of A and B
     */
    public LoraAdapter(String name, AdapterSpec spec, LowRankForm form, Pair matrices) {
        this(name, spec, form, new Values(matrices, null, null, null, null));
    }

    /**
     * Makes an adapter whose parameters train.
     *
     * @param name its name
     * @param spec its numbers
     * @param form the shapes of A and B
     * @param values the first values of all of its tensors
     */
    public LoraAdapter(String name, AdapterSpec spec, LowRankForm form, Values values) {
        Pair matrices = values.matrices();
        NDArray magnitudes = values.magnitudes();
        this.name = name;
        this.spec = spec;
        this.form = form;
        Parameter.Type type = Parameter.Type.WEIGHT;
        this.a = BlockWeights.parameter(parameterName("lora_A", name), type, matrices.a(), true);
        this.b =
                BlockWeights.parameter(
                        parameterName("lora_B", name), type, matrices.b(), !spec.init().keepsB());
        this.viewA = new DetachedView(a);
        this.viewB = new DetachedView(b);
        this.magnitude = magnitudes == null ? null : new Magnitude(name, magnitudes);
        this.origin = values.origin();
        NDArray vector = values.bias();
        this.bias =
                vector == null
                        ? null
                        : BlockWeights.parameter(
                                parameterName("lora_B_bias", name),
                                Parameter.Type.WEIGHT,
                                vector,
                                true);
        this.viewBias = bias == null ? null : new DetachedView(bias);
        NDArray numbers = values.diagonal();
        this.diagonal =
                numbers == null
                        ? null
                        : BlockWeights.parameter(
                                parameterName(DIAGONAL, name), type, numbers, true);
        this.viewDiagonal = diagonal == null ? null : new DetachedView(diagonal);
        this.kept = KeptTensors.of(name, spec, form, matrices.a());
        Parameter direction = kept.get(KeptTensors.DIRECTION);
        this.compression =
                spec.variant() instanceof LoraVariant.Velora velora && direction != null
                        ? new Compression(
                                direction.getArray(),
                                velora.groups(),
                                velora.scale(),
                                velora.direction())
                        : null;
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

    /** Returns A0 and B0, whose product each pass takes off W0; null where there is none. */
    public @Nullable Pair origin() {
        return origin;
    }

    /**
     * Returns the term that takes A0 and B0 off W0, or null; its arrays belong to the adapter.
     *
     * @param weighting the adapter's weight in the selection
     */
    public @Nullable LowRankTerm originTerm(double weighting) {
        return origin == null
                ? null
                : new LowRankTerm(
                        origin.a(), origin.b(), -spec.scaling() * weighting, spec.deltaDtype());
    }

    /**
     * Makes A and B those of a plain adapter on W0, [A; A0] and [B, -B0], if A0 and B0 are taken
     * off W0; the first dimension of A is their rank, and the scaling stays.
     *
     * @param manager who owns the new arrays
     * @param arrays the adapter's tensors by PEFT's suffix
     */
    public void addOrigin(NDManager manager, Map<String, NDArray> arrays) {
        if (origin == null) {
            return;
        }
        try (NDManager scope = manager.newSubManager()) {
            NDArray less = origin.b().neg();
            less.attach(scope);
            NDArray wideA = NDArrays.concat(new NDList(viewA.get(), origin.a()), 0);
            NDArray columns = viewB.get();
            if (viewDiagonal != null) {
                columns = columns.mul(viewDiagonal.get());
                columns.attach(scope);
                arrays.remove(DIAGONAL);
            }
            NDArray wideB = NDArrays.concat(new NDList(columns, less), 1);
            wideA.attach(manager);
            wideB.attach(manager);
            arrays.put(form.suffixA(), wideA);
            arrays.put(form.suffixB(), wideB);
        }
    }

    /** Returns whether B has a bias. */
    public boolean hasBias() {
        return bias != null;
    }

    /**
     * Returns the bias of B for a forward pass, [out]: without gradients, unless the pass trains.
     *
     * @param store where a training pass looks parameters up
     * @param device where the activation is
     * @param training whether gradients may be asked for
     * @return the bias, or null if B has none
     */
    public @Nullable NDArray bias(ParameterStore store, Device device, boolean training) {
        return viewBias == null ? null : viewBias.value(store, device, training);
    }

    /** Returns the bias of B without gradients, which belongs to the adapter; null for none. */
    public @Nullable NDArray detachedBias() {
        return viewBias == null ? null : viewBias.get();
    }

    /** Returns the tensors: A, B, the magnitudes, the bias of B and the diagonal. */
    public List<Parameter> parameters() {
        return List.copyOf(tensors().values());
    }

    /** Freezes what never trains: a B that stays as it began, and what a variant keeps. */
    public void freezeKept() {
        kept.values().forEach(parameter -> parameter.freeze(true));
        if (spec.init().keepsB()) {
            b.freeze(true);
        }
    }

    /** Returns the parameters by PEFT's suffix, A first. */
    public Map<String, Parameter> tensors() {
        Map<String, Parameter> tensors = new LinkedHashMap<>();
        tensors.put(form.suffixA(), a);
        tensors.put(form.suffixB(), b);
        if (magnitude != null) {
            tensors.put(Magnitude.SUFFIX, magnitude.parameter());
        }
        if (bias != null) {
            tensors.put(BIAS, bias);
        }
        if (diagonal != null) {
            tensors.put(DIAGONAL, diagonal);
        }
        tensors.putAll(kept);
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
                spec.deltaDtype(),
                viewDiagonal == null ? null : viewDiagonal.value(store, device, training),
                training ? compression : null);
    }

    /**
     * Returns the term that the adapter adds, without gradients; its arrays belong to the adapter.
     *
     * @param weighting its weight in the selection
     */
    public LowRankTerm detached(double weighting) {
        return new LowRankTerm(
                viewA.get(),
                viewB.get(),
                spec.scaling() * weighting,
                spec.deltaDtype(),
                viewDiagonal == null ? null : viewDiagonal.get(),
                null);
    }

    public void close() {
        viewA.close();
        viewB.close();
        a.close();
        b.close();
        if (magnitude != null) {
            magnitude.close();
        }
        if (bias != null && viewBias != null) {
            viewBias.close();
            bias.close();
        }
        if (diagonal != null && viewDiagonal != null) {
            viewDiagonal.close();
            diagonal.close();
        }
        kept.values().forEach(Parameter::close);
        if (origin != null) {
            origin.a().close();
            origin.b().close();
        }
    }

    /** The two arrays of an adapter. */
    public record Pair(NDArray a, NDArray b) {
        /** Returns the same numbers in arrays of their own. */
        public Pair copy() {
            return new Pair(a.duplicate(), b.duplicate());
        }
    }

    /**
     * The first values of an adapter's tensors.
     *
     * @param matrices A and B
     * @param origin A0 and B0, whose product each pass takes off W0; null for none
     * @param magnitudes DoRA's magnitudes; null for none
     * @param bias the bias of B, [out]; null for none
     * @param diagonal KaSA's diagonal, [r]; null for none
     */
    public record Values(
            Pair matrices,
            @Nullable Pair origin,
            @Nullable NDArray magnitudes,
            @Nullable NDArray bias,
            @Nullable NDArray diagonal) {}
}
