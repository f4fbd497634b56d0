/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.djl;

import ai.djl.ndarray.NDArray;
import ai.djl.nn.Block;
import ai.djl.nn.convolutional.Convolution;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import org.lora4j.block.AdaptedLayer;
import org.lora4j.block.AdapterHost;
import org.lora4j.block.form.LoraAdapter;
import org.lora4j.block.form.WeightForm;
import org.lora4j.block.layer.LoraLayers;
import org.lora4j.block.layer.SubstitutedWeight;
import org.lora4j.core.ConvForm;
import org.lora4j.core.LoraConfig;

/** Adapters that change a weight which no layer of PEFT has: how files name and show them. */
final class WeightForms {
    private WeightForms() {}

    /** Returns the name of an adapter's form on a layer, if PEFT cannot load it as a layer's. */
    static Optional<String> name(AdaptedLayer layer, LoraAdapter pair) {
        if (!(pair.form() instanceof WeightForm form)) {
            return Optional.empty();
        }
        if (layer instanceof SubstitutedWeight weight && weight.dropsInput()) {
            return Optional.empty(); // a layer of TorchScript, which PEFT knows as a module
        }
        Block owner = layer instanceof SubstitutedWeight weight ? weight.owner() : layer.base();
        boolean ofPeft =
                LoraLayers.canAdapt(owner)
                        && !(owner instanceof Convolution layered && layered.getGroups() > 1);
        return ofPeft
                ? Optional.empty()
                : Optional.of(form.layout().name().toLowerCase(Locale.ROOT));
    }

    /**
     * Returns a file's configuration with the form that its convolutions have. PEFT's
     * configurations do not name it; with groups over 1 the shape of A tells.
     */
    static LoraConfig ofFile(
            LoraConfig config, Map<String, Block> blocks, Map<String, NDArray> tensors) {
        for (Map.Entry<String, Block> entry : blocks.entrySet()) {
            Block block =
                    entry.getValue() instanceof AdapterHost host ? host.base() : entry.getValue();
            NDArray a = tensors.get(entry.getKey() + ".lora_A.weight");
            if (a != null
                    && block instanceof Convolution layer
                    && layer.getGroups() > 1
                    && config.rankFor(entry.getKey()) % layer.getGroups() == 0
                    && a.getShape().dimension() > 1
                    && a.getShape().get(1) == inputs(layer)) {
                return config.toBuilder().optConvForm(ConvForm.WEIGHT).build();
            }
        }
        return config;
    }

    /** Returns how many channels one group takes, or -1 where the layer has no weight yet. */
    private static long inputs(Convolution layer) {
        NDArray weight =
                LoraLayers.weight(layer)
                        .filter(p -> p.isInitialized())
                        .map(p -> p.getArray())
                        .orElse(null);
        return weight == null ? -1 : weight.getShape().get(1);
    }
}
