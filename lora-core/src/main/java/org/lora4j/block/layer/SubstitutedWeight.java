/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.block.layer;

import ai.djl.Device;
import ai.djl.MalformedModelException;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import ai.djl.nn.AbstractBlock;
import ai.djl.nn.Block;
import ai.djl.nn.BlockList;
import ai.djl.nn.Parameter;
import ai.djl.training.ParameterStore;
import ai.djl.util.PairList;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.lora4j.block.LoraContext;
import org.lora4j.block.form.AdapterSpec;
import org.lora4j.block.pass.SelectedAdapters;

/**
 * A frozen weight W0 of a block that no layer of ours can stand for, such as an LSTM: the block is
 * given W0 + Σ wᵢ sᵢ Bᵢ Aᵢ in its place by a {@link SubstitutionFrame} around it.
 *
 * <p>Shapes: W0 [out, ..] is read as a matrix [out, rest] with A [r, rest] and B [out, r]; a
 * convolution's has A [r, in/groups, k..] and B [out, r, 1..]; a table [entries, width] has A [r,
 * entries] and B [width, r] and begins with A = 0. The sum is formed once in each pass, in float32
 * or wider, and belongs to the pass. There is no dropout. A and B are float32.
 *
 * <p>It runs nothing itself: the frame does. It is no child of the block, and its {@link #base} is
 * an empty block. Threads: as {@link LoraLinear}.
 */
public final class SubstitutedWeight extends AbstractBlock implements LowRankLayer {
    private final WeightBase base;
    private final Adapters adapters;

    /**
     * Stands for a weight, which is frozen, not copied.
     *
     * @param path the weight's path, or its block's where that has no other
     * @param owner the block that has it
     * @param name what the block calls it
     * @param weight the weight, initialised
     * @param context what the blocks of the tree share
     * @throws IllegalStateException if the weight is not initialised
     */
    @SuppressWarnings("this-escape")
    public SubstitutedWeight(
            String path, Block owner, String name, Parameter weight, LoraContext context) {
        base = new WeightBase(path, owner, name, weight);
        // the base's parameters are the frame's to list
        adapters = new Adapters(base, context, parameters, new BlockList());
        weight.freeze(true);
    }

    /**
     * Returns the shapes of the tensors that an adapter has on a weight, by PEFT's suffix.
     *
     * @param path the weight's path
     * @param owner the block that has it
     * @param name what the block calls it
     * @param weight the weight, initialised
     * @param spec the adapter's numbers
     * @throws IllegalArgumentException if the adapter does not fit the weight
     */
    public static Map<String, Shape> tensorShapes(
            String path, Block owner, String name, Parameter weight, AdapterSpec spec) {
        return new WeightBase(path, owner, name, weight).form(spec).shapes(spec.rank());
    }

    /** Returns the block that has the weight. */
    public Block owner() {
        return base.owner();
    }

    /** Returns the weight. */
    public Parameter parameter() {
        return base.weight();
    }

    /** Returns whether the weight is a table, whose rows are looked up. */
    public boolean isTable() {
        return base.isTable();
    }

    @Override
    public Adapters adapters() {
        return adapters;
    }

    /** Returns the weight with the selected adapters for one pass, or null where it is W0. */
    @Nullable NDArray inPass(
            SelectedAdapters selected,
            ParameterStore store,
            Device device,
            boolean training,
            Substitutes pass) {
        return adapters.changedWeight(selected, store, device, training, pass);
    }

    @Override
    protected NDList forwardInternal(
            ParameterStore store,
            NDList inputs,
            boolean training,
            @Nullable PairList<String, Object> params) {
        throw new UnsupportedOperationException(path() + " is a weight, which runs in its block");
    }

    @Override
    public Shape[] getOutputShapes(Shape[] inputs) {
        return inputs;
    }

    @Override
    public void initialize(NDManager manager, DataType dataType, Shape... inputShapes) {
        // the weight and the adapters have their arrays
        context().trained().restore();
    }

    @Override
    public void saveParameters(DataOutputStream os) throws IOException {
        adapters.save(os);
    }

    @Override
    public void loadParameters(NDManager manager, DataInputStream is)
            throws IOException, MalformedModelException {
        adapters.load(manager, is, this);
    }

    /** What a pass keeps until it ends. */
    interface Substitutes {
        /** Takes a merged weight that is released at the end. */
        void release(MergedWeight held);

        /** Returns who owns what is made for the pass. */
        NDManager manager();
    }

    /** Returns weights by identity, in the order of a list. */
    static IdentityHashMap<Parameter, SubstitutedWeight> byParameter(
            List<SubstitutedWeight> weights) {
        IdentityHashMap<Parameter, SubstitutedWeight> found = new IdentityHashMap<>();
        weights.forEach(weight -> found.put(weight.parameter(), weight));
        return found;
    }
}
