/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.djl;

import ai.djl.nn.Block;
import ai.djl.nn.Parameter;
import ai.djl.nn.norm.BatchNorm;
import java.util.ArrayList;
import java.util.Collection;
import java.util.IdentityHashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.lora4j.block.AdaptedLayer;
import org.lora4j.block.AdapterHost;
import org.lora4j.block.BiasHost;
import org.lora4j.block.LoraContext;
import org.lora4j.block.copy.FrozenBatchNorm;
import org.lora4j.block.copy.SavedModule;
import org.lora4j.block.copy.TrainedBiases;
import org.lora4j.block.layer.LoraLayers;
import org.lora4j.core.Bias;
import org.lora4j.core.ModulePath;

/**
 * The biases that an adapter trains: its own copies of the base's, which are never written, in the
 * hosts of the tree.
 */
final class BiasCopies {
    private BiasCopies() {}

    /**
     * Gives adapters copies, frozen, of the biases of a mode, where they have none yet. Modules
     * that are trained whole have their own. Either all copies are made or none.
     *
     * @param root the tree
     * @param mode which biases
     * @param adapters the adapters' names
     * @param context what the blocks of the tree share
     * @throws IllegalArgumentException if a block with a bias cannot be stood in for
     */
    static void add(Block root, Bias mode, Collection<String> adapters, LoraContext context) {
        if (mode == Bias.NONE) {
            return;
        }
        if (mode == Bias.ALL) {
            hostAll(root, context);
        }
        for (AdapterHost host : BlockTree.hosts(root)) {
            for (String adapter : adapters) {
                if (host instanceof BiasHost biased
                        && isIn(mode, biased, adapter)
                        && biased.biases(adapter).isEmpty()) {
                    biased.addBiases(adapter);
                    biased.biases(adapter).values().forEach(copy -> copy.freeze(true));
                }
            }
        }
    }

    /** Returns whether a mode trains an adapter's biases of a host. */
    static boolean isIn(Bias mode, BiasHost host, String adapter) {
        return switch (mode) {
            case NONE -> false;
            case ALL -> true;
            case LORA_ONLY ->
                    host instanceof AdaptedLayer layer && layer.adapter(adapter).isPresent();
        };
    }

    /** Returns the biases of a mode by path: the adapters' copies, else the base's own. */
    static Map<String, Parameter> effective(Block root, Bias mode, Collection<String> adapters) {
        Map<String, Parameter> biases = new LinkedHashMap<>();
        if (mode == Bias.ALL) {
            biases.putAll(BlockParameters.biases(root));
        }
        for (AdapterHost host : BlockTree.hosts(root)) {
            for (String adapter : adapters) {
                if (host instanceof BiasHost biased && isIn(mode, biased, adapter)) {
                    BiasHost.biasesOf(host.base())
                            .forEach(
                                    (name, original) -> {
                                        String path = ModulePath.join(host.path(), name);
                                        Parameter copy = copy(biased, adapter, name);
                                        if (copy != null) {
                                            biases.put(path, copy);
                                        } else {
                                            biases.putIfAbsent(path, original);
                                        }
                                    });
                }
            }
        }
        return biases;
    }

    private static @Nullable Parameter copy(BiasHost host, String adapter, String name) {
        Map<String, Parameter> copies = host.biases(adapter);
        Parameter copy = copies.get(name);
        return copy == null ? copies.get("base_layer." + name) : copy;
    }

    /** Puts a host in the place of every block that has a bias and no host yet. */
    private static void hostAll(Block root, LoraContext context) {
        IdentityHashMap<Block, Block> swaps = new IdentityHashMap<>();
        IdentityHashMap<Parameter, String> seen = new IdentityHashMap<>();
        List<String> refused = new ArrayList<>();
        for (BlockTree.Node node : BlockTree.walk(root)) {
            Block block = node.block() instanceof AdapterHost host ? host.base() : node.block();
            if (node.block() instanceof SavedModule
                    || !hasBias(block, node.path(), seen, refused)) {
                continue;
            }
            if (ScriptModules.isOne(block)) {
                refused.add(node.path() + " is " + ScriptModules.describe(block));
            } else if (LoraLayers.canAdapt(block)) {
                if (block == node.block()) {
                    swaps.put(block, LoraLayers.wrap(node.path(), block, context).orElseThrow());
                }
            } else if (block == root || !block.getChildren().isEmpty()) {
                refused.add(named(node.path(), block) + " has children of its own");
            } else if (block == node.block()) {
                swaps.put(
                        block,
                        block instanceof BatchNorm norm
                                ? new FrozenBatchNorm(node.path(), norm, context)
                                : new TrainedBiases(node.path(), block, context));
            }
        }
        try {
            if (!refused.isEmpty()) {
                throw new IllegalArgumentException(String.join("; ", refused));
            }
            BlockTree.replace(root, swaps);
        } catch (IllegalArgumentException | IllegalStateException e) {
            throw new IllegalArgumentException(
                    "bias ALL gives the adapter a copy of every bias, which cannot be done here: "
                            + e.getMessage()
                            + ". Use bias LORA_ONLY or NONE",
                    e);
        }
    }

    private static boolean hasBias(
            Block block,
            String path,
            IdentityHashMap<Parameter, String> seen,
            List<String> refused) {
        Map<String, Parameter> biases = BiasHost.biasesOf(block);
        biases.forEach(
                (name, bias) -> {
                    if (!bias.isInitialized()) {
                        refused.add(path + "." + name + " is not initialised");
                    }
                    String other = seen.putIfAbsent(bias, path);
                    if (other != null) {
                        refused.add(path + " shares its bias with " + other);
                    }
                });
        return !biases.isEmpty();
    }

    private static String named(String path, Block block) {
        return path.isEmpty() ? "the model " + block.getClass().getSimpleName() : path;
    }
}
