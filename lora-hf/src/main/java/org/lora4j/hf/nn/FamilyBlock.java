/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.hf.nn;

import ai.djl.MalformedModelException;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import ai.djl.nn.AbstractBlock;
import ai.djl.nn.Block;
import ai.djl.nn.Parameter;
import ai.djl.training.ParameterStore;
import ai.djl.util.PairList;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.lora4j.block.weight.BlockWeights;
import org.lora4j.block.weight.LoadedWeights;
import org.lora4j.block.weight.UnlistedWeights;
import org.lora4j.djl.ReplaceableChildren;

/**
 * The base of a family's blocks: children under Hugging Face's names, parameters that were loaded.
 *
 * <p>A block keeps no field of its children but looks each up through its {@link Slot}, so a child
 * can be replaced by any block with the same inputs and outputs.
 */
public abstract class FamilyBlock extends AbstractBlock
        implements ReplaceableChildren, UnlistedWeights {
    private static final PairList<String, Object> NONE = new PairList<>();

    private final LoadedWeights weights = new LoadedWeights(this, parameters);

    /** Creates a block without children. */
    @SuppressWarnings("this-escape")
    protected FamilyBlock() {
        inputShapes = new Shape[0];
    }

    /**
     * Adds a child.
     *
     * @param name the name that Hugging Face gives it
     * @param block the child
     * @return its slot
     */
    protected final Slot child(String name, Block block) {
        addChildBlock(name, block);
        return new Slot(children.size() - 1);
    }

    /**
     * Adds a loaded array as a frozen weight: among the block's parameters unless DJL does not know
     * its dtype. {@link Pass#value} gives its array either way.
     *
     * @param name the name that Hugging Face gives it
     * @param type what it is
     * @param array the array
     * @return the parameter, by which the weight is asked for
     */
    protected final Parameter loaded(String name, Parameter.Type type, NDArray array) {
        return weights.hold(name, type, array);
    }

    @Override
    public final Map<String, Parameter> unlistedWeights() {
        return weights.unlisted();
    }

    @Override
    public final void replaceChild(Block child, Block replacement) {
        for (int i = 0; i < children.size(); i++) {
            if (children.valueAt(i) == child) {
                // one store into the place: a pass on another thread finds either block in it
                children.values().set(i, replacement);
                return;
            }
        }
        throw new IllegalArgumentException(
                getClass().getSimpleName() + " has no such child; it has " + children.keys());
    }

    @Override
    public void initialize(NDManager manager, DataType dataType, Shape... inputShapes) {
        // every parameter was loaded
        weights.requireTrainable();
    }

    @Override
    public void saveParameters(DataOutputStream os) throws IOException {
        weights.requireStorable();
        super.saveParameters(os);
    }

    @Override
    public void loadParameters(NDManager manager, DataInputStream is)
            throws IOException, MalformedModelException {
        weights.requireStorable();
        super.loadParameters(manager, is);
    }

    /** Not known without running the block. */
    @Override
    public Shape[] getOutputShapes(Shape[] inputShapes) {
        throw new UnsupportedOperationException(
                getClass().getSimpleName() + " does not know its output shapes without running");
    }

    @Override
    protected final NDList forwardInternal(
            ParameterStore store,
            NDList inputs,
            boolean training,
            @Nullable PairList<String, Object> params) {
        return forward(new Pass(store, training, params == null ? NONE : params), inputs);
    }

    /**
     * Runs the block.
     *
     * @param pass how
     * @param inputs the block's inputs
     */
    protected abstract NDList forward(Pass pass, NDList inputs);

    /**
     * How a forward pass is run.
     *
     * @param store where parameters are looked up
     * @param training whether dropout acts and gradients are wanted
     * @param parameters what else blocks are told, as DJL's forward takes it; do not write into it
     */
    public record Pass(
            ParameterStore store, boolean training, PairList<String, Object> parameters) {
        /**
         * A pass in which blocks are told nothing else.
         *
         * @param store where parameters are looked up
         * @param training whether dropout acts and gradients are wanted
         */
        public Pass(ParameterStore store, boolean training) {
            this(store, training, NONE);
        }

        /** Returns what blocks are told under a name, or null. */
        public @Nullable Object parameter(String name) {
            return parameters.isEmpty() ? null : parameters.get(name);
        }

        /**
         * Returns a parameter's array.
         *
         * @param parameter the parameter
         * @param beside an array on the device where it is wanted
         */
        public NDArray value(Parameter parameter, NDArray beside) {
            return BlockWeights.value(store, parameter, beside.getDevice(), training);
        }
    }

    /** The place of a child. */
    public final class Slot {
        private final int index;

        private Slot(int index) {
            this.index = index;
        }

        /** Returns the block that is in the place now. */
        public Block block() {
            return children.valueAt(index);
        }

        /**
         * Runs the block on one array.
         *
         * @param pass how
         * @param x its input
         * @return its output
         */
        public NDArray apply(Pass pass, NDArray x) {
            return apply(pass, new NDList(x)).singletonOrThrow();
        }

        /**
         * Runs the block on several arrays.
         *
         * @param pass how
         * @param inputs its inputs
         * @return its outputs
         */
        public NDList apply(Pass pass, NDList inputs) {
            Block block = block();
            return block instanceof FamilyBlock family
                    ? family.forward(pass, inputs)
                    : block.forward(pass.store(), inputs, pass.training(), pass.parameters());
        }
    }
}
