/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.djl;

import ai.djl.ndarray.types.Shape;
import ai.djl.nn.Block;
import ai.djl.nn.Parameter;
import ai.djl.nn.core.Linear;
import java.util.ArrayList;
import java.util.IdentityHashMap;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.lora4j.block.AdaptedLayer;
import org.lora4j.block.AdapterHost;
import org.lora4j.block.copy.SavedModule;
import org.lora4j.block.layer.LoraLayers;
import org.lora4j.block.layer.SubstitutedWeight;
import org.lora4j.block.weight.BlockWeights;
import org.lora4j.block.weight.LookupTable;
import org.lora4j.block.weight.TransposedLinear;
import org.lora4j.core.Candidate;
import org.lora4j.core.ModulePath;
import org.lora4j.core.TargetMatch;

/**
 * The weights of a tree that can be substituted, by their paths.
 *
 * <p>A block without children that has one weight, such as an IdEmbedding, is named by its module
 * path. A block with several, such as an LSTM, or with children has one path for each weight: the
 * module path, a dot, and the parameter's name. The module path of a block without children stands
 * for all of its weights.
 */
final class WeightSites {
    private final Map<String, List<Site>> sites = new LinkedHashMap<>();
    private final List<Candidate> candidates = new ArrayList<>();

    /**
     * A weight and where it is.
     *
     * @param path what an adapter calls it
     * @param owner the block that reads it
     * @param name what the block calls it
     * @param weight the weight
     */
    record Site(String path, Block owner, String name, Parameter weight) {}

    private WeightSites() {}

    /** Finds the weights of a tree. */
    static WeightSites of(Block root) {
        WeightSites found = new WeightSites();
        Set<String> seen = new LinkedHashSet<>();
        IdentityHashMap<Parameter, Site> shared = new IdentityHashMap<>();
        for (BlockTree.Node node : BlockTree.walk(root)) {
            if (node.block() instanceof SubstitutedWeight) {
                continue; // its owner was there
            }
            List<Site> own = sites(node);
            own.replaceAll(
                    site -> {
                        // one that several blocks share has the path of the first
                        Site first = shared.putIfAbsent(site.weight, site);
                        return first == null || LoraLayers.canAdapt(site.owner) ? site : first;
                    });
            if (seen.add(node.path())) {
                found.candidates.add(
                        new Candidate(node.path(), node.block() instanceof Linear, false));
            }
            Block owner = plain(node.block());
            if (!own.isEmpty() && owner.getChildren().isEmpty()) {
                found.sites.putIfAbsent(node.path(), own);
            }
            for (Site site : own) {
                if (seen.add(site.path)) {
                    found.candidates.add(new Candidate(site.path, false, false));
                    found.sites.put(site.path, List.of(site));
                }
            }
        }
        return found;
    }

    /** The block that a host of biases stands for, whose weights it reads as it did. */
    private static Block plain(Block block) {
        return block instanceof AdapterHost host && !(block instanceof AdaptedLayer)
                ? host.base()
                : block;
    }

    private static List<Site> sites(BlockTree.Node node) {
        Block owner = plain(node.block());
        if (owner instanceof AdapterHost
                || node.block() instanceof SavedModule
                || owner instanceof TransposedLinear
                || owner instanceof LookupTable
                || ScriptModules.isOne(owner)) {
            return new ArrayList<>();
        }
        Map<String, Parameter> weights = BlockWeights.direct(owner);
        Parameter layers = LoraLayers.weight(owner).orElse(null);
        weights.values().removeIf(weight -> layers == null ? !isMatrix(weight) : weight != layers);
        boolean one =
                weights.size() == 1 && owner.getChildren().isEmpty() && !node.path().isEmpty();
        List<Site> found = new ArrayList<>();
        weights.forEach(
                (name, weight) ->
                        found.add(
                                new Site(
                                        one ? node.path() : ModulePath.join(node.path(), name),
                                        owner,
                                        name,
                                        weight)));
        return found;
    }

    private static boolean isMatrix(Parameter weight) {
        Shape shape = weight.isInitialized() ? weight.getArray().getShape() : null;
        return shape != null
                && shape.dimension() >= 2
                && weight.getArray().getDataType().isFloating()
                && (weight.getType() == Parameter.Type.WEIGHT
                        || weight.getType() == Parameter.Type.OTHER);
    }

    /** Returns the tree's modules and weights for matching, in the order of the tree. */
    List<Candidate> candidates() {
        return candidates;
    }

    /** Returns the one weight of a path, or null: not that of a layer which shares it. */
    @Nullable Site one(String path) {
        List<Site> found = sites.getOrDefault(path, List.of());
        return found.size() == 1 ? found.get(0) : null;
    }

    /** Puts the paths of all weights in the place of the paths of blocks that have several. */
    TargetMatch expand(TargetMatch match) {
        Set<String> adapted = new LinkedHashSet<>();
        for (String path : match.adapted()) {
            List<Site> found = sites.getOrDefault(path, List.of());
            found.forEach(site -> adapted.add(site.path));
            if (found.isEmpty()) {
                adapted.add(path);
            }
        }
        return new TargetMatch(
                List.copyOf(adapted),
                match.saved(),
                match.hits(),
                match.savedHits(),
                match.unmatched(),
                match.warnings());
    }
}
