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
import java.util.Objects;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.lora4j.block.AdaptedLayer;
import org.lora4j.block.AdapterHost;
import org.lora4j.block.copy.SavedModule;
import org.lora4j.block.form.AdapterSpec;
import org.lora4j.block.form.WeightForm;
import org.lora4j.block.layer.LoraLayers;
import org.lora4j.block.layer.SubstitutedWeight;
import org.lora4j.block.layer.SubstitutionFrame;
import org.lora4j.block.weight.BlockWeights;
import org.lora4j.block.weight.LookupTable;
import org.lora4j.block.weight.TransposedLinear;
import org.lora4j.core.Candidate;
import org.lora4j.core.ModulePath;
import org.lora4j.core.TargetMatch;
import org.lora4j.djl.script.AdaptedScript;
import org.lora4j.djl.script.ScriptPart;
import org.lora4j.djl.script.ScriptSite;
import org.lora4j.djl.script.ScriptSites;
import org.lora4j.torch.TorchModule;

/**
 * The weights of a tree that can be substituted, by their paths.
 *
 * <p>A block without children that has one weight, such as an IdEmbedding, is named by its module
 * path. A block with several, such as an LSTM, or with children has one path for each weight: the
 * module path, a dot, and the parameter's name. The module path of a block without children stands
 * for all of its weights.
 */
final class WeightSites {
    private final Block root;
    private final Map<String, List<Site>> sites = new LinkedHashMap<>();
    private final List<Candidate> candidates = new ArrayList<>();
    private final Map<String, Block> scriptPaths = new LinkedHashMap<>();
    private final Map<String, ScriptPart> parts = new LinkedHashMap<>();
    private final Map<String, String> refusals = new LinkedHashMap<>();
    private final IdentityHashMap<Block, ScriptSites> scripts = new IdentityHashMap<>();

    /**
     * A weight and where it is.
     *
     * @param path what an adapter calls it
     * @param owner the block that reads it
     * @param name what the block calls it
     * @param weight the weight
     * @param script where it is in a TorchScript module; null in any other block
     */
    record Site(
            String path, Block owner, String name, Parameter weight, @Nullable ScriptSite script) {
        /** Returns the shapes of an adapter's tensors on the weight, by PEFT's suffix. */
        Map<String, Shape> tensorShapes(AdapterSpec spec) {
            return script == null
                    ? SubstitutedWeight.tensorShapes(path, owner, name, weight, spec)
                    : new WeightForm(weight.getArray().getShape(), script.layout()).shapes(spec);
        }
    }

    private WeightSites(Block root) {
        this.root = root;
    }

    /** Finds the weights of a tree. */
    static WeightSites of(Block root) {
        WeightSites found = new WeightSites(root);
        Set<String> seen = new LinkedHashSet<>();
        IdentityHashMap<Parameter, Site> shared = new IdentityHashMap<>();
        for (BlockTree.Node node : BlockTree.walk(root)) {
            if (node.block() instanceof SubstitutedWeight) {
                continue; // its owner was there
            }
            if (TorchModule.isOne(node.block())) {
                found.enter(node, seen);
                continue;
            }
            List<Site> own = sites(node);
            own.replaceAll(
                    site -> {
                        // one that several blocks share has the path of the first
                        Site first = shared.putIfAbsent(site.weight, site);
                        return first == null || LoraLayers.canAdapt(site.owner) ? site : first;
                    });
            if (seen.add(node.path())) {
                boolean layer =
                        LoraLayers.canAdapt(node.block())
                                || own.stream().anyMatch(site -> site.path.equals(node.path()));
                found.candidates.add(
                        new Candidate(node.path(), node.block() instanceof Linear, layer, false));
            }
            Block owner = plain(node.block());
            if (!own.isEmpty() && owner.getChildren().isEmpty()) {
                found.sites.putIfAbsent(node.path(), own);
            }
            for (Site site : own) {
                if (seen.add(site.path)) {
                    found.candidates.add(new Candidate(site.path, false, true, false));
                    found.sites.put(site.path, List.of(site));
                }
            }
        }
        return found;
    }

    /** Adds the modules and weights inside a TorchScript module. */
    private void enter(BlockTree.Node node, Set<String> seen) {
        ScriptSites inside =
                BlockTree.frames(root).stream()
                        .map(SubstitutionFrame::module)
                        .filter(AdaptedScript.class::isInstance)
                        .map(script -> ((AdaptedScript) script).sites())
                        .filter(known -> known.block() == node.block())
                        .findFirst()
                        .orElseGet(() -> ScriptSites.of(node.block()));
        scripts.put(node.block(), inside);
        for (ScriptSites.Module module : inside.modules()) {
            String path = ModulePath.join(node.path(), module.path());
            scriptPaths.put(path, node.block());
            ScriptPart part = inside.part(module.path());
            if (part != null) {
                parts.put(path, part);
            }
            List<Site> own = new ArrayList<>();
            for (ScriptSite site : module.sites()) {
                String full = ModulePath.join(node.path(), site.path());
                own.add(new Site(full, node.block(), site.name(), site.weight(), site));
            }
            if (seen.add(path)) {
                boolean layer = own.stream().anyMatch(site -> site.path.equals(path));
                candidates.add(new Candidate(path, module.isLinear(), layer, isOutputHead(path)));
            }
            if (own.isEmpty()) {
                refusals.put(path, module.refusal());
            } else if (module.isLeaf()) {
                sites.putIfAbsent(path, own);
            } else {
                refusals.put(
                        path,
                        "it has layers of its own, and its weights have their own paths: "
                                + own.stream().map(Site::path).toList());
            }
            for (Site site : own) {
                if (seen.add(site.path)) {
                    candidates.add(new Candidate(site.path, false, true, false));
                    sites.put(site.path, List.of(site));
                }
            }
        }
    }

    /** The names that Hugging Face's models give to the layer that computes the vocabulary. */
    private static boolean isOutputHead(String path) {
        return ModulePath.lastSegment(path).matches("lm_head|embed_out")
                || path.endsWith("predictions.decoder");
    }

    /** Returns why a path inside a TorchScript module has no weight to adapt, or null. */
    @Nullable String refusal(String path) {
        return refusals.get(path);
    }

    /** Returns whether a path is that of a module inside a TorchScript module. */
    boolean isInScript(String path) {
        return scriptPaths.containsKey(path);
    }

    /** Returns a module inside a TorchScript module as a block of parameters, or null. */
    @Nullable ScriptPart part(String path) {
        return parts.get(path);
    }

    /**
     * Refuses a model that is a TorchScript module in which nothing can be adapted.
     *
     * @throws IllegalArgumentException if it is one
     */
    void requireAdaptable() {
        ScriptSites inside = scripts.get(root);
        if (inside != null && !inside.objection().isEmpty()) {
            throw new IllegalArgumentException(
                    "the model is %s, and none of its weights can be adapted: %s"
                            .formatted(ScriptModules.describe(root), inside.objection()));
        }
    }

    /** Returns a tree's blocks by path, with the modules inside TorchScript modules. */
    Map<String, Block> withParts(Map<String, Block> blocks) {
        Map<String, Block> all = new LinkedHashMap<>(parts);
        all.putAll(blocks);
        return all;
    }

    /** Returns the block of the script that a module is inside of. */
    Block scriptOf(String path) {
        return Objects.requireNonNull(scriptPaths.get(path));
    }

    /** Returns what is inside a block that is a TorchScript module. */
    ScriptSites inside(Block script) {
        return Objects.requireNonNull(scripts.get(script));
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
                                        weight,
                                        null)));
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

    /** Returns the tree. */
    Block root() {
        return root;
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

    /**
     * Returns the site of a weight.
     *
     * @throws IllegalArgumentException if it cannot be adapted by itself
     */
    Site of(String path, Parameter weight) {
        return sites.values().stream()
                .flatMap(List::stream)
                .filter(site -> site.weight() == weight)
                .findFirst()
                .orElseThrow(
                        () ->
                                new IllegalArgumentException(
                                        ("%s cannot be adapted by itself; expected a weight of real"
                                                        + " numbers with two or three dimensions,"
                                                        + " which its block reads in each pass")
                                                .formatted(path)));
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
