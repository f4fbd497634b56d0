/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.block.part;

import ai.djl.MalformedModelException;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import ai.djl.nn.Block;
import ai.djl.nn.Parameter;
import ai.djl.nn.core.Linear;
import ai.djl.training.ParameterStore;
import ai.djl.util.PairList;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.util.List;
import java.util.Map;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;
import org.lora4j.block.LoraContext;
import org.lora4j.block.form.LinearForm;
import org.lora4j.block.pass.SelectedAdapters;
import org.lora4j.block.weight.BlockWeights;
import org.lora4j.block.weight.LoadedLinear;
import org.lora4j.block.weight.PackedWeight;
import org.lora4j.block.weight.TransposedLinear;

/**
 * A frozen linear layer that (IA)³ adapters rescale: Y = l_o ∘ ((l_i ∘ X) W0ᵀ + b), with l_i the
 * product of the active adapters' vectors on the input and l_o that of those on the output.
 *
 * <p>Shapes: X [.., in]; W0 [out, in], or [in, out] in a {@link TransposedLinear}; b [out]; l_i [1,
 * in]; l_o [out, 1], float32; Y [.., out]. A new vector is of ones, so Y is the base's to the bit.
 * Gradients reach the vectors and X, never W0. The vectors act in float32, and the result is cast
 * to the activation's type. A selection may not weight an adapter: expected is 1.
 *
 * <p>{@link #merged} is the layer on l_o ∘ W0 ∘ l_i and l_o ∘ b. Threads: as {@link
 * org.lora4j.block.layer.LoraLinear}. Follows PEFT's tuners/ia3/layer.py, Linear.
 */
public final class Ia3Linear extends Linear implements PartHost {
    private final Parts<Ia3Part> parts;
    private final Parameter weight;
    private final LinearForm form;
    private final Ia3Vectors vectors;

    /**
     * Wraps a linear layer whose parameters are initialised; they are frozen, not copied.
     *
     * @param path the layer's module path
     * @param base the layer
     * @param context what the blocks of the tree share
     */
    @SuppressWarnings("this-escape")
    public Ia3Linear(String path, Linear base, LoraContext context) {
        super(Linear.builder().setUnits(LinearForm.of(base).out()).optBias(false));
        this.form = LinearForm.of(base);
        this.weight = BlockWeights.named(base, "weight");
        this.parts = new Parts<>(path, base, context, parameters, children);
        this.vectors = new Ia3Vectors(parts);
        inputShapes = new Shape[] {new Shape(-1, form.in())};
    }

    /**
     * Returns the shapes of an adapter's tensors by PEFT's suffix.
     *
     * @param layer the layer, adapted or not
     * @param feedforward whether the vector rescales the input
     */
    public static Map<String, Shape> tensorShapes(Linear layer, boolean feedforward) {
        LinearForm form = layer instanceof Ia3Linear own ? own.form : LinearForm.of(layer);
        return Map.of(Ia3Part.SUFFIX, shape(form, feedforward));
    }

    private static Shape shape(LinearForm form, boolean feedforward) {
        return feedforward ? new Shape(1, form.in()) : new Shape(form.out(), 1);
    }

    /**
     * Adds an adapter's vector, of ones, which trains.
     *
     * @param name a name that the layer does not carry
     * @param feedforward whether it rescales the input
     * @throws IllegalArgumentException if the name is taken
     */
    public void addAdapter(String name, boolean feedforward) {
        parts.checkFree(name);
        NDManager owner = weight.getArray().getManager();
        parts.add(name, new Ia3Part(name, owner, shape(form, feedforward), feedforward));
    }

    @Override
    public Parts<Ia3Part> parts() {
        return parts;
    }

    @Override
    public String peftType() {
        return "IA3";
    }

    @Override
    public String kind() {
        return "Linear, rescaled";
    }

    @Override
    public PairList<String, Shape> describeInput() {
        return new PairList<>(List.of("linearInput"), List.of(inputShapes));
    }

    @Override
    protected NDList forwardInternal(
            ParameterStore store,
            NDList inputs,
            boolean training,
            @Nullable PairList<String, Object> params) {
        parts.mark.call(training);
        return parts.run(inputs, (selected, x) -> run(selected, store, x, training, params));
    }

    private NDArray run(
            SelectedAdapters selected,
            ParameterStore store,
            NDArray x,
            boolean training,
            @Nullable PairList<String, Object> params) {
        NDArray in = vectors.rescaled(selected, x, true, store, training);
        NDArray y = base().forward(store, new NDList(in), training, params).singletonOrThrow();
        NDArray out = vectors.rescaled(selected, y, false, store, training);
        // autograd keeps what the backward pass needs
        if (in != x) {
            in.close();
        }
        if (out != y) {
            y.close();
        }
        return out;
    }

    @Override
    public void requireMergeable() {
        if (weight.getArray() instanceof PackedWeight packed) {
            throw new IllegalStateException(
                    ("%s cannot be merged: its weight is in %s; merge on the base in full"
                                    + " precision. Nothing was changed")
                            .formatted(path(), packed.format()));
        }
        try (NDManager scope = weight.getArray().getManager().newSubManager()) {
            NDArray sum = mergedWeight(scope);
            if (sum != null && !parts.context().kernels().isFinite(sum)) {
                throw new IllegalStateException(
                        path()
                                + " cannot be merged: the rescaled weight is beyond the range of"
                                + " its precision; load the model in float32. Nothing was changed");
            }
        }
    }

    /** Returns the weight with the active adapters' vectors, or null where there are none. */
    private @Nullable NDArray mergedWeight(NDManager owner) {
        boolean transposed = base() instanceof TransposedLinear;
        return scaled(
                weight.getArray(), part -> true, part -> part.feedforward != transposed, owner);
    }

    /** Returns the bias with the vectors on the output, itself where there are none. */
    private @Nullable NDArray mergedBias(NDManager owner) {
        Parameter bias = BlockWeights.direct(base()).get("bias");
        if (bias == null) {
            return null;
        }
        NDArray scaled = scaled(bias.getArray(), part -> !part.feedforward, part -> true, owner);
        return scaled == null ? bias.getArray() : scaled;
    }

    /**
     * Returns an array times vectors of the active adapters, or null where there are none.
     *
     * @param which the vectors that act on it
     * @param alongColumns whether a vector scales columns, else rows
     */
    private @Nullable NDArray scaled(
            NDArray array,
            Predicate<Ia3Part> which,
            Predicate<Ia3Part> alongColumns,
            NDManager owner) {
        SelectedAdapters selected = parts.context().active().defaults();
        NDArray product = null;
        for (int i = 0; i < selected.size(); i++) {
            Ia3Part part = parts.get(selected, i);
            if (part != null && which.test(part)) {
                vectors.requireWhole(selected, i);
                NDArray before = product == null ? array : product;
                NDArray next =
                        parts.context()
                                .kernels()
                                .scaleWeight(before, part.view.get(), alongColumns.test(part));
                next.attach(owner);
                if (product != null) {
                    product.close();
                }
                product = next;
            }
        }
        return product;
    }

    @Override
    public Block merged() {
        NDManager owner = weight.getArray().getManager();
        NDArray array = mergedWeight(owner);
        if (array == null) {
            return base();
        }
        NDArray bias = mergedBias(owner);
        if (base() instanceof LoadedLinear linear) {
            return linear.with(array, bias);
        }
        weight.getArray().intern(array);
        if (bias != null && bias != BlockWeights.named(base(), "bias").getArray()) {
            BlockWeights.named(base(), "bias").getArray().intern(bias);
        }
        return base();
    }

    @Override
    public void initialize(NDManager manager, DataType dataType, Shape... inputShapes) {
        // the base and the adapters have their arrays
        context().trained().restore();
    }

    @Override
    public void saveParameters(DataOutputStream os) throws IOException {
        vectors.save(os);
    }

    @Override
    public void loadParameters(NDManager manager, DataInputStream is)
            throws IOException, MalformedModelException {
        vectors.load(this, manager, is, this::addAdapter);
    }
}
