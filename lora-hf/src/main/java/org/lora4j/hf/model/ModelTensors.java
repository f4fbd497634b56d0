/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.hf.model;

import ai.djl.ndarray.NDArray;
import ai.djl.nn.Block;
import ai.djl.nn.Parameter;
import java.util.Collections;
import java.util.IdentityHashMap;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.lora4j.block.AdapterHost;
import org.lora4j.block.weight.BlockWeights;
import org.lora4j.block.weight.PackedWeight;
import org.lora4j.core.ModulePath;
import org.lora4j.djl.BlockTree;

/** The parameters of a model by module path; an array that two modules share counts once. */
public final class ModelTensors {
    private ModelTensors() {}

    /** Returns the plain model's parameters: a host counts as what it stands for. */
    public static Map<String, Parameter> plain(Block root) {
        Map<String, Parameter> found = new LinkedHashMap<>();
        for (BlockTree.Node node : BlockTree.walk(root)) {
            if (node.block() instanceof AdapterHost host) {
                below(node.path(), host.base(), found);
            } else {
                direct(node.path(), node.block(), found);
            }
        }
        return found;
    }

    /** Returns what counts as the model's size: copies instead of what they replace. */
    static Map<String, Parameter> counted(Block root) {
        Map<String, Parameter> found = new LinkedHashMap<>();
        for (BlockTree.Node node : BlockTree.walk(root)) {
            if (node.block() instanceof AdapterHost host) {
                below(node.path(), host.base(), found);
                found.values().removeIf(host::replaces);
                for (String adapter : host.adapterNames()) {
                    host.tensors(adapter)
                            .forEach(
                                    (suffix, parameter) ->
                                            found.put(
                                                    node.path() + "." + suffix + " of " + adapter,
                                                    parameter));
                }
            } else {
                direct(node.path(), node.block(), found);
            }
        }
        return found;
    }

    /** Returns how many numbers train, and how many there are. */
    public static TrainableParameters count(Block root) {
        long trainable = 0;
        long all = 0;
        for (Parameter parameter : counted(root).values()) {
            long size = parameter.getArray().getShape().size();
            all += size;
            trainable += parameter.requiresGradient() ? size : 0;
        }
        return new TrainableParameters(trainable, all);
    }

    /** Returns how weights of a model are packed, such as "4 bits (nf4)", or null. */
    public static @Nullable String packing(Block root) {
        for (Parameter parameter : plain(root).values()) {
            if (parameter.getArray() instanceof PackedWeight packed) {
                return packed.format();
            }
        }
        return null;
    }

    /** Returns the parameters of a module without adapters, by path. */
    static Map<String, Parameter> of(String path, Block module) {
        Map<String, Parameter> found = new LinkedHashMap<>();
        below(path, module, found);
        return found;
    }

    /** Returns what trains, by path; an adapter's tensors by PEFT's names. */
    static Map<String, Parameter> trainable(Block root) {
        Map<String, Parameter> found = new LinkedHashMap<>();
        Set<Parameter> seen = Collections.newSetFromMap(new IdentityHashMap<>());
        counted(root)
                .forEach(
                        (path, parameter) -> {
                            // modules that are tied have one
                            if (parameter.requiresGradient() && seen.add(parameter)) {
                                found.put(path, parameter);
                            }
                        });
        return found;
    }

    private static void below(String path, Block root, Map<String, Parameter> found) {
        for (BlockTree.Node node : BlockTree.walk(root)) {
            direct(ModulePath.join(path, node.path()), node.block(), found);
        }
    }

    private static void direct(String path, Block block, Map<String, Parameter> found) {
        BlockWeights.direct(block)
                .forEach(
                        (name, weight) -> {
                            NDArray array = weight.getArray();
                            if (found.values().stream()
                                    .noneMatch(other -> other.getArray() == array)) {
                                found.put(ModulePath.join(path, name), weight);
                            }
                        });
    }
}
