/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.loralib;

import java.util.Collection;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;
import org.lora4j.core.LoraConfig;
import org.lora4j.core.LoraConfigBuilder;

/** A configuration that selects exactly the converted modules, each with its own scaling. */
final class PeftNames {
    private record Scale(int rank, double alpha) {}

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
        Map<Scale, Integer> counts = new LinkedHashMap<>();
        modules.forEach(m -> counts.merge(new Scale(m.rank(), m.alpha()), 1, Integer::sum));
        Scale common =
                counts.entrySet().stream()
                        .max(
                                Map.Entry.<Scale, Integer>comparingByValue()
                                        .thenComparing(
                                                e -> e.getKey().rank(), Comparator.reverseOrder()))
                        .orElseThrow()
                        .getKey();
        builder.setRank(common.rank())
                .setAlpha(common.alpha())
                .optTargetModules(targets(modules, known, savedWhole));
        LoraConfig config = patterns(builder, modules, common, false);
        // A path as a pattern may match another path too: then each is anchored and escaped.
        return fits(config, modules) ? config : patterns(builder, modules, common, true);
    }

    private static LoraConfig patterns(
            LoraConfigBuilder builder,
            List<ConvertedModule> modules,
            Scale common,
            boolean anchored) {
        Map<String, Integer> ranks = new LinkedHashMap<>();
        Map<String, Double> alphas = new LinkedHashMap<>();
        for (ConvertedModule module : modules) {
            String key =
                    anchored ? "^" + module.path().replaceAll("[^\\w]", "\\\\$0") : module.path();
            if (module.rank() != common.rank()) {
                ranks.put(key, module.rank());
            }
            if (module.alpha() != common.alpha()) {
                alphas.put(key, module.alpha());
            }
        }
        return builder.optRankPattern(ranks).optAlphaPattern(alphas).build();
    }

    private static boolean fits(LoraConfig config, List<ConvertedModule> modules) {
        return modules.stream()
                .allMatch(
                        m ->
                                config.rankFor(m.path()) == m.rank()
                                        && config.alphaFor(m.path()) == m.alpha());
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
