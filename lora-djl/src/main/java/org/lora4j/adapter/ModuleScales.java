/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.adapter;

import java.util.Collections;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.Map;
import org.lora4j.core.LoraConfig;
import org.lora4j.core.LoraConfigBuilder;

/** Writes ranks and alphas that may differ from module to module as PEFT does, with patterns. */
public final class ModuleScales {
    private ModuleScales() {}

    /**
     * The scaling of one module, in PEFT's words.
     *
     * @param rank r
     * @param alpha the numerator of the scaling
     */
    public record Scale(int rank, double alpha) {}

    /**
     * Sets rank and alpha to the most common ones, and patterns for modules that have others.
     *
     * @param builder what else the configuration says
     * @param modules module paths and their scales, at least one
     * @return a configuration that gives each of the modules its scale
     */
    public static LoraConfig configure(LoraConfigBuilder builder, Map<String, Scale> modules) {
        Map<Scale, Integer> counts = new LinkedHashMap<>();
        modules.values().forEach(scale -> counts.merge(scale, 1, Integer::sum));
        Comparator<Scale> byCount = Comparator.comparing(counts::get);
        Comparator<Scale> smallerFirst = Comparator.comparingInt(scale -> -scale.rank());
        Scale common = Collections.max(counts.keySet(), byCount.thenComparing(smallerFirst));
        builder.setRank(common.rank()).setAlpha(common.alpha());
        LoraConfig config = patterns(builder, modules, common, false);
        // A path as a pattern may match another path too: then each is anchored and escaped.
        return fits(config, modules) ? config : patterns(builder, modules, common, true);
    }

    /**
     * Returns whether a configuration gives each of the modules its scale.
     *
     * @param config the configuration
     * @param modules module paths and their scales
     */
    public static boolean fits(LoraConfig config, Map<String, Scale> modules) {
        return modules.entrySet().stream()
                .allMatch(m -> m.getValue().equals(of(config, m.getKey())));
    }

    private static Scale of(LoraConfig config, String path) {
        return new Scale(config.rankFor(path), config.alphaFor(path));
    }

    private static LoraConfig patterns(
            LoraConfigBuilder builder, Map<String, Scale> modules, Scale common, boolean anchored) {
        Map<String, Integer> ranks = new LinkedHashMap<>();
        Map<String, Double> alphas = new LinkedHashMap<>();
        modules.forEach(
                (path, scale) -> {
                    String key = anchored ? "^" + path.replaceAll("[^\\w]", "\\\\$0") : path;
                    if (scale.rank() != common.rank()) {
                        ranks.put(key, scale.rank());
                    }
                    if (scale.alpha() != common.alpha()) {
                        alphas.put(key, scale.alpha());
                    }
                });
        return builder.optRankPattern(ranks).optAlphaPattern(alphas).build();
    }
}
