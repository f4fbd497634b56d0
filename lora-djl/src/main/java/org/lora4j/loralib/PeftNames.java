/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.loralib;

import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;
import org.lora4j.adapter.ModuleScales;
import org.lora4j.core.LoraConfig;
import org.lora4j.core.LoraConfigBuilder;

/** A configuration that selects exactly the converted modules, each with its own scaling. */
final class PeftNames {
    private PeftNames() {}

    /**
     * Sets rank, alpha, their patterns and the targets.
     *
     * @param known every module of the base model, or null where it is not known
     * @param savedWhole modules that are saved whole, and so never targets
     */
    static LoraConfig configure(
            LoraConfigBuilder builder,
            List<ConvertedModule> modules,
            @Nullable Set<String> known,
            Set<String> savedWhole) {
        Map<String, ModuleScales.Scale> scales = new LinkedHashMap<>();
        modules.forEach(m -> scales.put(m.path(), new ModuleScales.Scale(m.rank(), m.alpha())));
        builder.optTargetModules(targets(modules, known, savedWhole));
        return ModuleScales.configure(builder, scales);
    }

    /** Endings behind the layer's number where they select no other module, else full paths. */
    private static Collection<String> targets(
            List<ConvertedModule> modules, @Nullable Set<String> known, Set<String> savedWhole) {
        Set<String> paths = new TreeSet<>();
        Set<String> endings = new TreeSet<>();
        for (ConvertedModule module : modules) {
            paths.add(module.path());
            endings.add(ending(module.path()));
        }
        if (known == null || endings.size() == paths.size()) {
            return paths;
        }
        for (String path : known) {
            boolean saved =
                    savedWhole.stream().anyMatch(s -> path.equals(s) || path.startsWith(s + "."));
            if (!paths.contains(path) && !saved && endsInOne(path, endings)) {
                return paths;
            }
        }
        return endings;
    }

    private static boolean endsInOne(String path, Set<String> endings) {
        return endings.stream().anyMatch(e -> path.equals(e) || path.endsWith("." + e));
    }

    private static String ending(String path) {
        String ending = path.replaceFirst("^.*\\.\\d+\\.", "");
        return ending.isEmpty() ? path : ending;
    }
}
