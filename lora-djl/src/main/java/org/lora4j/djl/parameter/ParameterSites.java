/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.djl.parameter;

import ai.djl.nn.Block;
import ai.djl.nn.Parameter;
import java.util.ArrayList;
import java.util.Collections;
import java.util.IdentityHashMap;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.lora4j.block.AdapterHost;
import org.lora4j.block.layer.LoraLayers;
import org.lora4j.block.layer.SubstitutedWeight;
import org.lora4j.block.weight.BlockWeights;
import org.lora4j.core.LoraConfig;
import org.lora4j.core.ModulePath;
import org.lora4j.core.TargetMatch;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The parameters that a configuration selects in a tree (_inject_parameters in
 * peft/tuners/tuners_utils.py of peft 0.21.2). A parameter is called by its block's module path, a
 * dot, and its name in the block; the weight of a layer is called "weight".
 *
 * <p>Files name an adapter's tensors by the block. Of several parameters of one block, the last has
 * the block's path, the one before it that path and ".base_layer", and so on, in the order in which
 * the block lists them.
 */
public final class ParameterSites {
    private static final Logger logger = LoggerFactory.getLogger(ParameterSites.class);
    private static final int SOME = 12;

    /**
     * A parameter and where it is.
     *
     * @param path what the configuration calls it
     * @param module the path of its block
     * @param weight the parameter
     * @param ofLayer whether it is the weight of a layer that adapters can stand beside
     * @param prefix what tensors of files have before ".lora_A.weight"
     */
    public record Site(
            String path, String module, Parameter weight, boolean ofLayer, String prefix) {}

    private final List<Site> sites = new ArrayList<>();
    private final Set<String> unmatched = new LinkedHashSet<>();
    private final Set<String> others = new LinkedHashSet<>();

    private ParameterSites() {}

    /**
     * Finds the parameters.
     *
     * @param names full paths, or endings of paths on a dot
     * @param blocks the tree's blocks by path, adapted or not
     */
    public static ParameterSites of(List<String> names, Map<String, Block> blocks) {
        ParameterSites found = new ParameterSites();
        if (names.isEmpty()) {
            return found;
        }
        found.unmatched.addAll(names);
        Set<Block> seen = Collections.newSetFromMap(new IdentityHashMap<>());
        blocks.forEach(
                (module, block) -> {
                    if (!(block instanceof SubstitutedWeight)) {
                        Block plain = block instanceof AdapterHost host ? host.base() : block;
                        seen.add(plain);
                        found.see(module, plain, names);
                    }
                });
        blocks.forEach(
                (module, block) -> {
                    // the host of a block's only weight has the path of the block
                    if (block instanceof SubstitutedWeight weight && seen.add(weight.owner())) {
                        found.see(module, weight.owner(), names);
                    }
                });
        return found;
    }

    private void see(String module, Block block, List<String> names) {
        Parameter ofLayer = LoraLayers.weight(block).orElse(null);
        Map<String, Parameter> own = new LinkedHashMap<>();
        BlockWeights.direct(block)
                .forEach(
                        (name, weight) -> {
                            String path =
                                    ModulePath.join(module, weight == ofLayer ? "weight" : name);
                            List<String> by = names.stream().filter(n -> ends(path, n)).toList();
                            if (by.isEmpty()) {
                                others.add(ModulePath.lastSegment(path));
                            } else {
                                unmatched.removeAll(by);
                                own.put(path, weight);
                            }
                        });
        int nested = own.size();
        for (Map.Entry<String, Parameter> entry : own.entrySet()) {
            nested--;
            sites.add(
                    new Site(
                            entry.getKey(),
                            module,
                            entry.getValue(),
                            entry.getValue() == ofLayer,
                            module + ".base_layer".repeat(nested)));
        }
    }

    private static boolean ends(String path, String name) {
        return path.equals(name) || path.endsWith("." + name);
    }

    /** Returns the parameters in the tree's order. */
    public List<Site> sites() {
        return sites;
    }

    /** Returns the site of a parameter, or null. */
    public @Nullable Site of(Parameter weight) {
        return sites.stream().filter(site -> site.weight() == weight).findFirst().orElse(null);
    }

    /** Tells of keys that decide for nothing, which matching leaves to whoever knows parameters. */
    private static void warnOfIdle(String what, Set<String> keys, List<String> paths) {
        for (String key : keys) {
            LoraConfig alone =
                    LoraConfig.builder().setRank(1).optRankPattern(Map.of(key, 2)).build();
            if (paths.stream().noneMatch(path -> alone.rankFor(path) == 2)) {
                logger.warn("{}: \"{}\" decides for nothing that is adapted", what, key);
            }
        }
    }

    /**
     * Checks the selection.
     *
     * @param config what selected it
     * @param match the modules that are selected beside it
     * @throws IllegalArgumentException if a name matches nothing, unless that is accepted, or a
     *     parameter is that of the root, of a module that is a target itself, or of one that is
     *     trained whole
     */
    public void require(LoraConfig config, TargetMatch match) {
        if (config.targetParameters().isEmpty()) {
            return;
        }
        for (String name : unmatched) {
            String message =
                    ("target parameters: \"%s\" matches no parameter of this model; parameters"
                                    + " here end in: %s")
                            .formatted(
                                    name, String.join(", ", others.stream().limit(SOME).toList()));
            if (!config.targets().allowUnmatched()) {
                throw new IllegalArgumentException(message);
            }
            logger.warn(message);
        }
        List<String> paths = new ArrayList<>(match.adapted());
        sites.forEach(site -> paths.add(site.path()));
        warnOfIdle("rank pattern", config.rankPattern().keySet(), paths);
        warnOfIdle("alpha pattern", config.alphaPattern().keySet(), paths);
        for (Site site : sites) {
            if (site.module().isEmpty()) {
                throw new IllegalArgumentException(
                        site.path()
                                + " is a parameter of the model itself, of which PEFT's files have"
                                + " no name; expected one of a block inside it");
            }
            if (match.adapted().stream()
                    .anyMatch(p -> p.equals(site.module()) || p.equals(site.path()))) {
                throw new IllegalArgumentException(
                        ("%s is a target parameter, and %s a target module; name it as one of the"
                                        + " two")
                                .formatted(site.path(), site.module()));
            }
            match.saved().stream()
                    .filter(p -> site.path().equals(p) || site.path().startsWith(p + "."))
                    .findFirst()
                    .ifPresent(
                            whole -> {
                                throw new IllegalArgumentException(
                                        ("%s is a target parameter, and in %s, which is trained"
                                                        + " whole; name it as one of the two")
                                                .formatted(site.path(), whole));
                            });
        }
    }
}
