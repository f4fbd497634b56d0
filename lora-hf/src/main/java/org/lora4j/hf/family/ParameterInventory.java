/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.hf.family;

import java.io.IOException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.lora4j.core.Candidate;
import org.lora4j.core.ModulePath;
import org.lora4j.hf.model.ModelConfig;
import org.lora4j.hf.model.ModelFamily;
import org.lora4j.hf.model.ModelRoot;

/**
 * The modules of a model and their sizes, from its config.json alone: no weights, no engine.
 *
 * <p>The modules are those that the model's family builds when it loads a model. A decoder whose
 * architecture classifies has a "score" in place of its vocabulary projection. Immutable.
 */
public final class ParameterInventory {
    /** No model has so many; a number from a file must not fill the memory. */
    private static final int MOST_LAYERS = 10_000;

    private final List<ModuleShape> modules;

    private ParameterInventory(List<ModuleShape> modules) {
        this.modules = List.copyOf(modules);
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
            ParameterInventory inventory = new ParameterInventory(BuiltShapes.of(family, config));
            inventory.parameters();
            return inventory;
        } catch (ArithmeticException e) {
            throw new IOException("config.json: the product of its sizes is too large", e);
        }
    }

    /**
     * Lists the modules of a model that was built for a task.
     *
     * @param root its blocks, whose arrays may be without elements
     * @throws ArithmeticException if there are more numbers than a long counts
     */
    public static ParameterInventory of(ModelRoot root) {
        return new ParameterInventory(BuiltShapes.modules(root, root.outputPaths(), List.of()));
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
