/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.block;

import ai.djl.Device;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.nn.Block;
import ai.djl.nn.Parameter;
import ai.djl.training.ParameterStore;
import ai.djl.util.PairList;
import org.jspecify.annotations.Nullable;

/** The block under the adapters of a layer: it runs as it is, on its own weight or on another. */
final class FrozenBase {
    private final String path;
    private final Block block;
    private final Parameter weight;
    private final @Nullable Parameter bias;
    private final @Nullable DetachedView biasView;

    /**
     * Freezes a block, whose parameters must be initialised.
     *
     * @param weight the name of the parameter that is adapted
     * @throws IllegalStateException if it has no array yet
     */
    FrozenBase(String path, Block block, String weight) {
        this.path = path;
        this.block = block;
        this.weight = block.getDirectParameters().get(weight);
        if (!this.weight.isInitialized()) {
            throw new IllegalStateException(
                    path
                            + " is not initialised; expected a weight to freeze. Load the model's"
                            + " parameters or initialise its block before adapting it");
        }
        this.bias = block.getDirectParameters().get("bias");
        this.biasView = bias == null ? null : new DetachedView(bias);
        block.freezeParameters(true);
    }

    Block block() {
        return block;
    }

    FrozenWeight weight() {
        return new ParameterWeight(weight);
    }

    /** Runs the block, on another weight if given, without the gradients of its bias if serving. */
    NDArray run(
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

    private @Nullable NDArray bias(Device device, boolean detach) {
        return detach
                        && bias != null
                        && biasView != null
                        && bias.getArray().getDevice().equals(device)
                ? biasView.get()
                : null;
    }

    void checkFrozen() {
        if (weight.getArray().hasGradient()) {
            throw new IllegalStateException(
                    path
                            + ": the frozen weight asks for gradients; expected it frozen."
                            + " Something unfroze it, such as Model.newTrainer on a loaded model:"
                            + " call Lora.inject on the Model, or freeze the base again");
        }
    }
}
