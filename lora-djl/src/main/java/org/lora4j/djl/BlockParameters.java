/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.djl;

import ai.djl.ndarray.NDArray;
import ai.djl.nn.Block;
import ai.djl.nn.Parameter;
import java.util.ArrayList;
import java.util.Collections;
import java.util.IdentityHashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.lora4j.block.AdapterHost;
import org.lora4j.block.BiasHost;
import org.lora4j.block.copy.SavedModule;
import org.lora4j.block.weight.BlockWeights;
import org.lora4j.core.ModulePath;

/** The parameters of a block tree by module path, each once. */
final class BlockParameters {
    private BlockParameters() {}

    /** Returns the base's parameters: those of the blocks that hosts stand for, not the hosts'. */
    static Map<String, Parameter> of(Block root) {
        Map<String, Parameter> found = new LinkedHashMap<>();
        Set<Parameter> seen = Collections.newSetFromMap(new IdentityHashMap<>());
        for (BlockTree.Node node : base(root)) {
            BlockWeights.direct(node.block())
                    .forEach(
                            (name, parameter) -> {
                                if (seen.add(parameter)) {
                                    found.put(ModulePath.join(node.path(), name), parameter);
                                }
                            });
        }
        return found;
    }

    /** Lists the blocks of a tree, with those that hosts stand for in the hosts' places. */
    private static List<BlockTree.Node> base(Block root) {
        List<BlockTree.Node> nodes = new ArrayList<>();
        for (BlockTree.Node node : BlockTree.walk(root)) {
            if (node.block() instanceof AdapterHost host) {
                for (BlockTree.Node inner : BlockTree.walk(host.base())) {
                    String path = ModulePath.join(node.path(), inner.path());
                    nodes.add(new BlockTree.Node(path, inner.block()));
                }
            } else {
                nodes.add(node);
            }
        }
        return nodes;
    }

    /** As {@link #of(Block)}, with paths that begin with the block's own. */
    static Map<String, Parameter> of(String path, Block block) {
        Map<String, Parameter> found = new LinkedHashMap<>();
        of(block).forEach((name, parameter) -> found.put(ModulePath.join(path, name), parameter));
        return found;
    }

    /** Returns how many weights of the base each array is. */
    static IdentityHashMap<NDArray, Integer> uses(Block root) {
        IdentityHashMap<NDArray, Integer> uses = new IdentityHashMap<>();
        for (BlockTree.Node node : base(root)) {
            for (Parameter parameter : BlockWeights.direct(node.block()).values()) {
                if (parameter.isInitialized()) {
                    uses.merge(parameter.getArray(), 1, Integer::sum);
                }
            }
        }
        return uses;
    }

    /**
     * Returns what loralib calls the model's biases: those of layers and, in DJL's words, the betas
     * of norms. Modules that train whole are left out: their copies have their own.
     */
    static Map<String, Parameter> biases(Block root) {
        Map<String, Parameter> biases = of(root);
        for (AdapterHost host : BlockTree.hosts(root)) {
            if (host instanceof SavedModule) {
                biases.values().removeAll(BlockWeights.all(host.base()).values());
            }
        }
        biases.values().removeIf(parameter -> !BiasHost.isBias(parameter));
        return biases;
    }
}
