/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.hf.family;

import java.io.IOException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.lora4j.core.Bias;
import org.lora4j.core.Candidate;
import org.lora4j.core.LoraConfig;
import org.lora4j.core.ModulePath;
import org.lora4j.core.TargetMatch;
import org.lora4j.core.TargetMatcher;
import org.lora4j.core.TargetModules;
import org.lora4j.hf.model.ModelConfig;
import org.lora4j.hf.model.ModelFamily;
import org.lora4j.hf.model.TrainableParameters;

/**
 * The modules of a model and their sizes, from its config.json alone: no weights, no engine.
 *
 * <p>The modules are those that the model's family builds when it loads a model. A decoder whose
 * architecture classifies has a "score" in place of its vocabulary projection. Immutable.
 */
public final class ParameterInventory {
    /** No model has so many; a number from a file must not fill the memory. */
    private static final int MOST_LAYERS = 10_000;

    private final ModelFamily family;
    private final List<ModuleShape> modules;

    private ParameterInventory(ModelFamily family, List<ModuleShape> modules) {
        this.family = family;
        this.modules = modules;
    }

    /**
     * Lists the modules of a model.
     *
     * @param config its configuration
     * @throws IOException if the family is not known or a number is missing or makes no sense
     */
    public static ParameterInventory of(ModelConfig config) throws IOException {
        ModelFamily family = ModelFamilies.of(config);
        for (String key : List.of("num_hidden_layers", "n_layers", "n_layer")) {
            if (config.integer(key, 1) > MOST_LAYERS) {
                throw ModelConfig.invalid(
                        "%s is %d; expected at most %d", key, config.integer(key, 1), MOST_LAYERS);
            }
        }
        try {
            ParameterInventory inventory =
                    new ParameterInventory(family, BuiltShapes.of(family, config));
            inventory.parameters();
            return inventory;
        } catch (ArithmeticException e) {
            throw new IOException("config.json: the product of its sizes is too large", e);
        }
    }

    /** Returns the modules that have parameters, in the model's order. */
    public List<ModuleShape> modules() {
        return modules;
    }

    /** Returns how many numbers the model has. */
    public long parameters() {
        long sum = 0;
        for (ModuleShape module : modules) {
            sum = Math.addExact(sum, module.parameters());
        }
        return sum;
    }

    /**
     * Counts what an adapter would train.
     *
     * @param config the adapter; no targets means the family's own
     * @return the adapted modules with what each adds, r (in + out), and with DoRA as many
     *     magnitudes as it has outputs, modules to save with their own numbers, and the sums,
     *     trained biases included; a module to save and a bias count once, as their trained copies
     * @throws IllegalArgumentException if a name matches nothing
     */
    public AdapterCount count(LoraConfig config) {
        LoraConfig complete =
                config.targets().kind() == TargetModules.Kind.UNSET
                        ? config.toBuilder()
                                .optTargetModules(family.names().defaultTargets())
                                .build()
                        : config;
        TargetMatch match = TargetMatcher.of(complete).match(candidates());
        Set<String> adapted = new LinkedHashSet<>(match.adapted());
        Map<String, Long> added = new LinkedHashMap<>();
        Map<String, Long> saved = new LinkedHashMap<>();
        long trainable = 0;
        long all = parameters();
        for (ModuleShape module : modules) {
            String path = module.path();
            if (adapted.contains(path)) {
                long ends = Math.addExact(module.inputs(), module.outputs());
                long count = Math.multiplyExact(complete.rankFor(path), ends);
                if (complete.loraBias()) {
                    count = Math.addExact(count, module.outputs());
                }
                if (complete.dora()) {
                    count = Math.addExact(count, module.outputs());
                }
                added.put(path, count);
                trainable = Math.addExact(trainable, count);
                all = Math.addExact(all, count);
            } else if (match.saved().stream().anyMatch(outer -> ModuleShape.isIn(path, outer))) {
                saved.put(path, module.parameters());
                trainable = Math.addExact(trainable, module.parameters());
                continue;
            }
            if (config.bias() == Bias.ALL
                    || (config.bias() == Bias.LORA_ONLY && adapted.contains(path))) {
                trainable = Math.addExact(trainable, module.biases());
            }
        }
        return new AdapterCount(added, saved, new TrainableParameters(trainable, all));
    }

    /** Returns every module, those without parameters of their own too: they can be saved whole. */
    public List<Candidate> candidates() {
        Map<String, Candidate> all = new LinkedHashMap<>();
        for (ModuleShape module : modules) {
            for (String outer : above(module.path())) {
                all.putIfAbsent(outer, new Candidate(outer, false, false));
            }
            all.put(
                    module.path(),
                    new Candidate(
                            module.path(),
                            module.isLinear(),
                            module.isLinear() || module.kind() == ModuleShape.Kind.EMBEDDING,
                            module.kind() == ModuleShape.Kind.OUTPUT));
        }
        return new ArrayList<>(all.values());
    }

    private static List<String> above(String path) {
        List<String> outer = new ArrayList<>();
        for (String p = ModulePath.parent(path); !p.isEmpty(); p = ModulePath.parent(p)) {
            outer.add(0, p);
        }
        return outer;
    }
}
