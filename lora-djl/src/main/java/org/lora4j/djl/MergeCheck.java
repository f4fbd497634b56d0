/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.djl;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.nn.Block;
import ai.djl.nn.Parameter;
import java.util.Map;
import org.lora4j.block.AdaptedLayer;
import org.lora4j.block.AdapterHost;
import org.lora4j.block.AdapterSelection;
import org.lora4j.block.form.LoraAdapter;
import org.lora4j.block.part.PartHost;
import org.lora4j.block.weight.BlockWeights;
import org.lora4j.core.variant.LoraVariant;
import org.lora4j.torch.Autograd;
import org.lora4j.torch.Finite;

/** Refuses to merge what would give weights that are NaN or infinite, before any is changed. */
final class MergeCheck {
    private MergeCheck() {}

    /**
     * Checks the base's weights, the active adapters' tensors, and each sum of them as it would be
     * rounded to the weight's dtype.
     *
     * @throws IllegalStateException naming the first layer at fault
     */
    static void require(Block root) {
        for (Map.Entry<String, Parameter> weight : BlockParameters.of(root).entrySet()) {
            Parameter parameter = weight.getValue();
            if (parameter.isInitialized() && !Finite.all(parameter.getArray())) {
                throw refused(weight.getKey(), "the base's weight is NaN or infinite");
            }
        }
        for (AdapterHost host : BlockTree.hosts(root)) {
            AdapterSelection active = host.context().active().getDefault();
            for (String adapter : active.weights().keySet()) {
                host.tensors(adapter).forEach((name, tensor) -> requireTensor(host, name, tensor));
            }
            if (host instanceof PartHost part) {
                part.requireMergeable();
            }
            if (host instanceof AdaptedLayer layer) {
                requireVariant(layer, active);
                requireBias(layer, active);
                requireSum(layer, active);
            }
        }
    }

    private static void requireTensor(AdapterHost host, String name, Parameter tensor) {
        if (!Finite.all(tensor.getArray())) {
            throw refused(host.path(), "the adapter's " + name + " has NaN or infinite values");
        }
    }

    private static void requireVariant(AdaptedLayer layer, AdapterSelection active) {
        for (String name : active.weights().keySet()) {
            LoraVariant variant =
                    layer.adapter(name).map(a -> a.spec().variant()).orElse(LoraVariant.plain());
            if (!variant.merges()) {
                throw refused(
                        layer.path(),
                        "the adapter \"%s\" is of %s, which no weight can hold; serve it beside the model"
                                .formatted(name, variant.title()));
            }
        }
    }

    /** As PEFT, which cannot merge a bias of B into a layer without one. */
    private static void requireBias(AdaptedLayer layer, AdapterSelection active) {
        boolean biased =
                active.weights().keySet().stream()
                        .anyMatch(
                                name ->
                                        layer.adapter(name)
                                                .filter(LoraAdapter::hasBias)
                                                .isPresent());
        if (biased && !BlockWeights.direct(layer.base()).containsKey("bias")) {
            throw refused(
                    layer.path(),
                    "the adapter's B has a bias, and the layer has none to add it to; run the"
                            + " model unmerged");
        }
    }

    private static void requireSum(AdaptedLayer layer, AdapterSelection active) {
        NDArray weight = layer.weight();
        try (NDManager scope = weight.getManager().newSubManager()) {
            NDArray sum = null;
            for (Map.Entry<String, Double> entry : active.weights().entrySet()) {
                if (layer.adapter(entry.getKey()).isPresent()) {
                    NDArray delta = layer.delta(scope, entry.getKey());
                    Autograd.scale(new NDList(delta), entry.getValue());
                    sum = sum == null ? delta : sum.addi(delta);
                }
            }
            if (sum == null) {
                return;
            }
            NDArray merged = layer.context().kernels().merge(layer.weight(), sum);
            merged.attach(scope);
            if (!Finite.all(merged)) {
                throw refused(
                        layer.path(),
                        "the sum of the weight and the adapter's update is beyond the range of "
                                + weight.getDataType()
                                + "; load the model in float32, and save it in a wider precision");
            }
        }
    }

    private static IllegalStateException refused(String path, String reason) {
        return new IllegalStateException(
                path + " cannot be merged: " + reason + ". Nothing was changed");
    }
}
