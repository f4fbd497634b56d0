/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.djl;

import ai.djl.nn.Block;
import ai.djl.nn.Parameter;
import java.util.LinkedHashMap;
import java.util.Map;
import org.lora4j.block.AdapterHost;
import org.lora4j.block.BiasHost;
import org.lora4j.block.copy.SavedModule;
import org.lora4j.core.Bias;
import org.lora4j.core.ModulePath;
import org.lora4j.core.TargetMatch;

/**
 * The names of trained biases in PEFT's files: those of adapted layers are called base_layer.bias,
 * and with "all" those of modules saved whole are there three times (_get_learnable_bias_state_dict
 * of peft 0.21.2).
 */
final class PeftBiases {
    private static final String COPY = ".modules_to_save.";
    private static final String ORIGINAL = ".original_module.";

    private PeftBiases() {}

    /** Returns the biases of one module that a mode trains, by their names. */
    static Map<String, Parameter> names(String path, Block block, Bias mode, TargetMatch match) {
        Map<String, Parameter> names = new LinkedHashMap<>();
        boolean adapted = match.adapted().contains(path);
        if (mode == Bias.NONE
                || (mode == Bias.LORA_ONLY && !adapted)
                || block instanceof SavedModule
                || match.saved().stream().anyMatch(saved -> ModulePath.startsWith(path, saved))) {
            return names;
        }
        Block plain = block instanceof AdapterHost host ? host.base() : block;
        BiasHost.biasesOf(plain)
                .forEach(
                        (name, bias) ->
                                names.put(path + (adapted ? ".base_layer." : ".") + name, bias));
        return names;
    }

    /**
     * Whether a name is one of the further two that PEFT writes of a module saved whole: its copy
     * again, and the original. Each bias with "all" has them, and each tensor of an embedding or an
     * output layer where the vocabulary was resized.
     */
    static boolean isRepeated(String name, TargetMatch match) {
        return match.saved().stream()
                .anyMatch(path -> name.startsWith(path + COPY) || name.startsWith(path + ORIGINAL));
    }

    /** Returns the further two of each bias of a module saved whole. */
    static Map<String, Parameter> repeated(SavedModule module, String adapter) {
        Map<String, Parameter> repeated = new LinkedHashMap<>();
        module.tensors(adapter)
                .forEach(
                        (suffix, copy) -> {
                            if (("." + suffix).endsWith(".bias")) {
                                repeated.put(module.path() + COPY + suffix, copy);
                            }
                        });
        if (!repeated.isEmpty()) {
            BlockParameters.of(
                            module.path() + ORIGINAL.substring(0, ORIGINAL.length() - 1),
                            module.base())
                    .forEach(
                            (name, original) -> {
                                if (name.endsWith(".bias")) {
                                    repeated.put(name, original);
                                }
                            });
        }
        return repeated;
    }
}
