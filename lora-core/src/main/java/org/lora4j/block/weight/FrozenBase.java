/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.block.weight;

import ai.djl.Device;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.nn.Block;
import ai.djl.nn.Parameter;
import ai.djl.nn.core.Linear;
import ai.djl.training.ParameterStore;
import ai.djl.util.PairList;
import org.jspecify.annotations.Nullable;

/** The frozen block of an adapted layer, which runs on its own weight or on another. */
public final class FrozenBase {
    private final String path;
    private final Block block;
    private final Parameter weight;
    private final @Nullable Parameter bias;
    private final @Nullable DetachedView biasView;

    /**
     * Freezes a block, whose parameters must be initialised.
     *
     * @param weight the block's parameter that is adapted
     * @throws IllegalStateException if it has no array yet
     */
    public FrozenBase(String path, Block block, Parameter weight) {
        this.path = path;
        this.block = block;
        this.weight = initialised(path, weight);
        this.bias = BlockWeights.direct(block).get("bias");
        this.biasView = bias == null ? null : new DetachedView(bias);
        block.freezeParameters(true);
    }

    /** Returns a parameter that has its array. */
    public static Parameter initialised(String path, Parameter parameter) {
        if (!parameter.isInitialized()) {
            throw new IllegalStateException(
                    ("%s is not initialised; expected a weight to freeze. Load the model's"
                                    + " parameters or initialise its block before adapting it")
                            .formatted(path));
        }
        return parameter;
    }

    public Block block() {
        return block;
    }

    /** Returns whether the block's result is a new array that no recorded gradient reads. */
    public boolean resultIsFree() {
        return block instanceof LoadedLinear || block.getClass() == Linear.class;
    }

    /** Returns the weight that is adapted; the block's owner keeps it. */
    public NDArray weight() {
        return weight.getArray();
    }

    /**
     * Returns the weight, to merge with.
     *
     * @throws UnsupportedOperationException if it is packed: the sum would have to be rounded to
     *     the packed numbers
     */
    public NDArray weightToMerge() {
        NDArray array = weight.getArray();
        if (array instanceof PackedWeight packed) {
            throw new UnsupportedOperationException(
                    ("%s: the weight is in %s, and an adapter that is merged into it would be"
                                    + " rounded to these few numbers; expected a base in full"
                                    + " precision. Load the base without quantisation and merge"
                                    + " the adapter into that")
                            .formatted(path, packed.format()));
        }
        return array;
    }

    /**
     * Runs the block, on another weight if given. Unless training, no gradient of its bias is
     * recorded.
     */
    public NDArray run(
            ParameterStore store,
            NDArray x,
            boolean training,
            @Nullable NDArray otherWeight,
            @Nullable PairList<String, Object> params) {
        boolean detach = !training && bias != null && bias.requiresGradient();
        ParameterStore used =
                otherWeight == null && !detach
                        ? store
                        : new SubstituteStore(
                                store,
                                (parameter, device, trains) ->
                                        parameter == bias
                                                ? bias(device, detach)
                                                : parameter == weight ? otherWeight : null);
        return block.forward(used, new NDList(x), training, params).singletonOrThrow();
    }

    /**
     * Returns the block's bias for a forward pass, or null if it has none.
     *
     * @param store where a training pass looks parameters up
     * @param device where it is wanted
     * @param training whether gradients may be asked for
     */
    public @Nullable NDArray bias(ParameterStore store, Device device, boolean training) {
        if (bias == null) {
            return null;
        }
        NDArray detached = bias(device, !training && bias.requiresGradient());
        return detached != null ? detached : BlockWeights.value(store, bias, device, training);
    }

    private @Nullable NDArray bias(Device device, boolean detach) {
        return detach
                        && bias != null
                        && biasView != null
                        && bias.getArray().getDevice().equals(device)
                ? biasView.get()
                : null;
    }

    /**
     * Replaces the array of the weight and frees the old one: for the end of a layer's life, where
     * DJL offers no way to make the block anew.
     */
    public void become(NDArray array) {
        weight.getArray().intern(array);
    }

    /**
     * Requires that the base is frozen; freezes it again if the whole tree was unfrozen at once.
     */
    public void checkFrozen(TrainedParameters trained) {
        if (weight.getArray().hasGradient()) {
            trained.restore();
        }
        checkFrozen("weight", weight);
        if (bias != null) {
            checkFrozen("bias", bias);
        }
    }

    private void checkFrozen(String name, Parameter parameter) {
        if (parameter.getArray().hasGradient()) {
            throw new IllegalStateException(
                    ("%s: the frozen %s asks for gradients; expected it frozen. It was unfrozen"
                                    + " after it was adapted: call Lora.markOnlyLoraAsTrainable"
                                    + " to freeze the base again")
                            .formatted(path, name));
        }
    }
}
