/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.djl;

import ai.djl.nn.Block;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.util.Map;
import java.util.TreeMap;
import org.lora4j.block.AdaptedLayer;
import org.lora4j.block.AdapterHost;
import org.lora4j.block.BiasHost;
import org.lora4j.block.form.AdapterSpec;
import org.lora4j.block.part.PartHost;
import org.lora4j.core.variant.LoraVariant;
import org.lora4j.files.Sha256;
import org.lora4j.train.checkpoint.TrainingIdentity;

/** By what a training knows the adapters of a block tree again: their numbers, layer by layer. */
public final class AdapterIdentity {
    private AdapterIdentity() {}

    /** Describes the adapters of a tree that train. */
    public static TrainingIdentity of(Block root) {
        TrainingIdentity identity = TrainingIdentity.none();
        for (String adapter : BlockTree.trainedAdapters(root)) {
            identity = identity.with("adapter " + adapter, text(root, adapter));
        }
        return identity;
    }

    /** Layers with the same numbers are counted, and all paths hashed, to keep the text short. */
    private static String text(Block root, String adapter) {
        Map<String, Integer> layers = new TreeMap<>();
        MessageDigest paths = Sha256.digest();
        for (AdapterHost host : BlockTree.hosts(root)) {
            if (!host.adapterNames().contains(adapter)) {
                continue;
            }
            String numbers =
                    host instanceof AdaptedLayer layer
                            ? layer.adapter(adapter)
                                    .map(a -> text(a.spec()) + bias(layer, adapter))
                                    .orElse("a bias")
                            : host instanceof PartHost part ? part.numbers(adapter) : "whole";
            layers.merge(numbers, 1, Integer::sum);
            paths.update((host.path() + "\n").getBytes(StandardCharsets.UTF_8));
        }
        StringBuilder text = new StringBuilder();
        layers.forEach((numbers, count) -> text.append(count + " layers: " + numbers + "; "));
        return text + "paths " + Sha256.hex(paths).substring(0, 16);
    }

    private static String bias(AdapterHost host, String adapter) {
        boolean trains = host instanceof BiasHost biases && !biases.biases(adapter).isEmpty();
        return trains ? ", and a bias" : "";
    }

    private static String text(AdapterSpec spec) {
        return "rank %d, scaling %s, dropout %s, %s, %s%s%s%s%s%s"
                .formatted(
                        spec.rank(),
                        spec.scaling(),
                        spec.dropout(),
                        spec.deltaDtype(),
                        spec.convForm(),
                        spec.enableLora().isEmpty() ? "" : ", slices " + spec.enableLora(),
                        spec.dora() ? ", DoRA" : "",
                        spec.init().isPartOfWeight() || spec.init().keepsB()
                                ? ", " + spec.init() + " " + spec.initIterations()
                                : "",
                        spec.loraBias() ? ", a bias of B" : "",
                        spec.variant() == LoraVariant.plain() ? "" : ", " + spec.variant());
    }
}
