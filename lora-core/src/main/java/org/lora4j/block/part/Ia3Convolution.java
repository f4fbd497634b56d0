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
import ai.djl.nn.AbstractBlock;
import ai.djl.nn.Block;
import ai.djl.nn.Parameter;
import ai.djl.nn.convolutional.Convolution;
import ai.djl.training.ParameterStore;
import ai.djl.util.PairList;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.util.Arrays;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.lora4j.block.LoraContext;
import org.lora4j.block.pass.SelectedAdapters;
import org.lora4j.block.weight.BlockWeights;

/**
 * A frozen convolution that (IA)³ adapters rescale: Y = l_o ∘ (W0 * (l_i ∘ X) + b), with l_i the
 * product of the active adapters' vectors on the input's channels and l_o that of those on the
 * output's.
 *
 * <p>Shapes: X [N, in, ..]; W0 [out, in/groups, k..]; b [out]; l_i [1, in, 1..]; l_o [1, out, 1..],
 * float32; Y [N, out, ..]. A new vector is of ones, so Y is the base's to the bit. Gradients reach
 * the vectors and X, never W0. A selection may not weight an adapter: expected is 1.
 *
 * <p>{@link #merged} is the base on l_o ∘ W0 ∘ l_i and l_o ∘ b. It takes a convolution's place in a
 * list of blocks, and not in a field of a convolution's type. Threads: as {@link
 * org.lora4j.block.layer.LoraConv2d}. Follows PEFT's tuners/ia3/layer.py, _ConvNd.
 */
public final class Ia3Convolution extends AbstractBlock implements PartHost {
    private final Parts<Ia3Part> parts;
    private final Ia3Vectors vectors;
    private final Convolution layer;

    /**
     * Wraps a convolution whose parameters are initialised; they are frozen, not copied.
     *
     * @param path the layer's module path
     * @param base the layer
     * @param context what the blocks of the tree share
     */
    @SuppressWarnings("this-escape")
    public Ia3Convolution(String path, Convolution base, LoraContext context) {
        this.layer = base;
        this.parts = new Parts<>(path, base, context, parameters, children);
        this.vectors = new Ia3Vectors(parts);
    }

    /**
     * Returns the shapes of an adapter's tensors by PEFT's suffix.
     *
     * @param layer the layer
     * @param feedforward whether the vector rescales the input
     */
    public static Map<String, Shape> tensorShapes(Convolution layer, boolean feedforward) {
        return Map.of(Ia3Part.SUFFIX, shape(layer, feedforward));
    }

    private static Shape shape(Convolution layer, boolean feedforward) {
        Shape weight = BlockWeights.named(layer, "weight").getArray().getShape();
        long[] sides = new long[weight.dimension()];
        Arrays.fill(sides, 1);
        sides[1] = feedforward ? weight.get(1) * layer.getGroups() : weight.get(0);
        return new Shape(sides);
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
        NDManager owner = weight().getManager();
        parts.add(name, new Ia3Part(name, owner, shape(layer, feedforward), feedforward));
    }

    private NDArray weight() {
        return BlockWeights.named(layer, "weight").getArray();
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
        return layer.getClass().getSimpleName() + ", rescaled";
    }

    @Override
    protected NDList forwardInternal(
            ParameterStore store,
            NDList inputs,
            boolean training,
            @Nullable PairList<String, Object> params) {
        parts.mark.call(training);
        return parts.run(
                inputs,
                (selected, x) -> {
                    NDArray in = vectors.rescaled(selected, x, true, store, training);
                    NDArray y = layer.forward(store, new NDList(in), training, params).head();
                    return vectors.rescaled(selected, y, false, store, training);
                });
    }

    @Override
    public void requireMergeable() {
        try (NDManager scope = weight().getManager().newSubManager()) {
            if (!parts.context().kernels().isFinite(mergedWeight(scope))) {
                throw new IllegalStateException(
                        path()
                                + " cannot be merged: the rescaled weight is beyond the range of"
                                + " its precision; load the model in float32. Nothing was changed");
            }
        }
    }

    /** l_o ∘ W0 ∘ l_i of the active adapters, in W0's dtype. */
    private NDArray mergedWeight(NDManager scope) {
        NDArray w = weight().stopGradient();
        w.attach(scope);
        Shape shape = w.getShape();
        NDArray product = w.toType(DataType.FLOAT32, true);
        product.attach(scope);
        SelectedAdapters selected = parts.context().active().defaults();
        for (int i = 0; i < selected.size(); i++) {
            Ia3Part part = parts.get(selected, i);
            if (part != null) {
                vectors.requireWhole(selected, i);
                NDArray factor = part.feedforward ? onInputs(scope, part, shape) : column(part);
                factor.attach(scope);
                product = product.mul(factor);
                product.attach(scope);
            }
        }
        NDArray cast = product.toType(w.getDataType(), true);
        cast.attach(scope);
        return cast;
    }

    private static NDArray column(Ia3Part part) {
        long[] sides = part.vector.getArray().getShape().getShape().clone();
        sides[0] = sides[1];
        sides[1] = 1;
        return part.view.get().reshape(new Shape(sides));
    }

    /** The vector of the inputs beside each output's weights, which see those of their group. */
    private NDArray onInputs(NDManager scope, Ia3Part part, Shape weight) {
        long groups = layer.getGroups();
        if (groups == 1) {
            return part.view.get().duplicate();
        }
        NDArray grouped = part.view.get().reshape(groups, 1, weight.get(1));
        grouped.attach(scope);
        NDArray wide = grouped.broadcast(groups, weight.get(0) / groups, weight.get(1));
        wide.attach(scope);
        long[] sides = new long[weight.dimension()];
        Arrays.fill(sides, 1);
        sides[0] = weight.get(0);
        sides[1] = weight.get(1);
        return wide.reshape(new Shape(sides));
    }

    private @Nullable NDArray mergedBias(NDManager scope) {
        Parameter bias = BlockWeights.direct(layer).get("bias");
        SelectedAdapters selected = parts.context().active().defaults();
        NDArray product = null;
        for (int i = 0; bias != null && i < selected.size(); i++) {
            Ia3Part part = parts.get(selected, i);
            if (part != null && !part.feedforward) {
                NDArray vector = part.view.get().flatten();
                vector.attach(scope);
                NDArray before = product == null ? bias.getArray().stopGradient() : product;
                before.attach(scope);
                product = before.mul(vector);
                product.attach(scope);
            }
        }
        return product;
    }

    @Override
    public Block merged() {
        try (NDManager scope = weight().getManager().newSubManager()) {
            parts.context().kernels().copyInto(weight(), mergedWeight(scope));
            NDArray bias = mergedBias(scope);
            if (bias != null) {
                NDArray own = BlockWeights.named(layer, "bias").getArray();
                parts.context().kernels().copyInto(own, bias);
            }
        }
        return layer;
    }

    @Override
    public Shape[] getOutputShapes(Shape[] inputs) {
        return layer.getOutputShapes(inputs);
    }

    @Override
    public PairList<String, Shape> describeInput() {
        return layer.describeInput();
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
