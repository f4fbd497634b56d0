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
import org.lora4j.block.AdapterSelection;
import org.lora4j.block.LoraContext;
import org.lora4j.block.form.AdapterSpec;
import org.lora4j.block.form.LoraAdapter;
import org.lora4j.block.form.WeightForm;
import org.lora4j.block.pass.AdapterVersion;
import org.lora4j.block.pass.SelectedAdapters;

/**
 * A frozen weight W0 of a block that no layer of ours can stand for, such as an LSTM: the block is
 * given W0 + Σ wᵢ sᵢ Bᵢ Aᵢ in its place by a {@link SubstitutionFrame} around it.
 *
 * <p>Shapes: W0 [out, ..] is read as a matrix [out, rest] with A [r, rest] and B [out, r]; a
 * convolution's has A [r, in/groups, k..] and B [out, r, 1..]; a table [entries, width] has A [r,
 * entries] and B [width, r] and begins with A = 0. The sum is formed once in each pass, in float32
 * or wider, and belongs to the pass. There is no dropout. A and B are float32. A new adapter leaves
 * the values as they are; only an element -0.0 becomes 0.0. Bias LORA_ONLY trains no bias of the
 * block.
 *
 * <p>It runs nothing itself: the frame does. It is no child of the block, and its {@link #base} is
 * an empty block. Threads: as {@link LoraLinear}.
 */
public final class SubstitutedWeight extends AbstractBlock implements LowRankLayer {
    private final WeightBase base;
    private final Adapters adapters;
    private final boolean inModule;
    private volatile Runnable removal = () -> {};

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
        this(new WeightBase(path, owner, name, weight), false, context);
    }

    /**
     * Stands for a weight inside a module of the engine, which is frozen, not copied.
     *
     * @param path the weight's path, or its layer's
     * @param owner the block that is the module
     * @param kind the kind of layer, as tables name it
     * @param weight the weight, initialised
     * @param layout how it is read
     * @param dropsInput whether the adapters see the input of the layer, which they can drop
     * @param context what the blocks of the tree share
     */
    public SubstitutedWeight(
            String path,
            Block owner,
            String kind,
            Parameter weight,
            WeightForm.Layout layout,
            boolean dropsInput,
            LoraContext context) {
        this(new WeightBase(path, owner, kind, weight, layout, dropsInput), true, context);
    }

    private SubstitutedWeight(WeightBase base, boolean inModule, LoraContext context) {
        this.base = base;
        this.inModule = inModule;
        // the base's parameters are the frame's to list
        adapters = new Adapters(base, context, parameters, new BlockList());
        base.weight().freeze(true);
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
        return new WeightBase(path, owner, name, weight).formFor(spec).shapes(spec);
    }

    /** Returns the block that has the weight. */
    public Block owner() {
        return base.owner();
    }

    /** Returns the weight. */
    public Parameter parameter() {
        return base.weight();
    }

    /** Returns how the weight is read. */
    public WeightForm.Layout layout() {
        return base.layout();
    }

    /** Returns whether the adapters see the input of the layer, which they can drop. */
    public boolean dropsInput() {
        return base.dropsInput();
    }

    /**
     * Returns the adapter that a version of a pass stands for.
     *
     * @param version the version
     * @return the adapter, or null if the weight does not carry it
     */
    public @Nullable LoraAdapter adapter(AdapterVersion version) {
        return adapters.carried(version);
    }

    /** Says that a pass uses the weight. */
    void call(boolean training) {
        adapters.call(training);
    }

    /** Sets what is to be done when an adapter was removed. */
    void onRemoval(Runnable action) {
        removal = action;
    }

    /**
     * {@inheritDoc}
     *
     * @throws UnsupportedOperationException if the weight is inside a module of the engine
     */
    @Override
    public void merge(AdapterSelection selection) {
        if (inModule) {
            throw new UnsupportedOperationException(
                    path()
                            + " is inside a module of the engine, which cannot run on a merged"
                            + " weight beside its own; use Lora.mergeAndUnload, which makes a"
                            + " merged module");
        }
        LowRankLayer.super.merge(selection);
    }

    @Override
    public void removeAdapter(String name) {
        LowRankLayer.super.removeAdapter(name);
        removal.run();
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
