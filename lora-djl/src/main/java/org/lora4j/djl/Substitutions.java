/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.djl;

import ai.djl.nn.Block;
import ai.djl.nn.Parameter;
import ai.djl.util.Pair;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Collections;
import java.util.IdentityHashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.lora4j.block.AdapterHost;
import org.lora4j.block.LoraContext;
import org.lora4j.block.copy.SavedModule;
import org.lora4j.block.layer.SubstitutedWeight;
import org.lora4j.block.layer.SubstitutionFrame;
import org.lora4j.block.weight.BlockWeights;
import org.lora4j.core.ModulePath;
import org.lora4j.djl.script.AdaptedScript;
import org.lora4j.djl.script.ScriptPart;

/**
 * The weights that one injection substitutes, and the frames around the nearest blocks that can be
 * exchanged. Nothing is changed until the edits are carried out.
 */
final class Substitutions {
    private final Block root;
    private final boolean mayFrameRoot;
    private final LoraContext context;
    private final WeightSites sites;
    private final List<BlockTree.Node> nodes = new ArrayList<>();
    private final Map<String, Block> blocks = new LinkedHashMap<>();
    private final IdentityHashMap<Block, SubstitutionFrame> present = new IdentityHashMap<>();
    private final IdentityHashMap<Parameter, SubstitutedWeight> hosts = new IdentityHashMap<>();
    private final IdentityHashMap<Block, AdaptedScript> scripts = new IdentityHashMap<>();
    private final IdentityHashMap<Block, List<SubstitutedWeight>> added = new IdentityHashMap<>();

    private final IdentityHashMap<Block, List<SavedModule>> addedCopies = new IdentityHashMap<>();

    /**
     * Begins with none.
     *
     * @param mayFrameRoot whether a frame may take the root's place
     */
    Substitutions(WeightSites sites, boolean mayFrameRoot, LoraContext context) {
        this.sites = sites;
        this.root = sites.root();
        this.mayFrameRoot = mayFrameRoot;
        this.context = context;
        for (BlockTree.Node node : BlockTree.walk(root)) {
            if (node.block() instanceof SubstitutedWeight weight) {
                hosts.put(weight.parameter(), weight);
            } else {
                nodes.add(node);
                blocks.putIfAbsent(node.path(), node.block());
            }
        }
        for (SubstitutionFrame frame : BlockTree.frames(root)) {
            // one whose script was merged stands around another module than it was made for
            if (!(frame.module() instanceof AdaptedScript script)) {
                present.put(frame.base(), frame);
            } else if (script.sites().block() == frame.base()) {
                present.put(frame.base(), frame);
                scripts.put(frame.base(), script);
            }
        }
    }

    /** Returns the host of a weight, of which there is one wherever the weight is shared. */
    SubstitutedWeight host(WeightSites.Site site) {
        SubstitutedWeight known = hosts.get(site.weight());
        if (known != null) {
            return known;
        }
        Block place = place(site);
        if (place == null && site.script() != null) {
            throw ScriptModules.unreachable(site.path(), site.owner(), root);
        }
        if (place == null) {
            throw new IllegalArgumentException(
                    ("%s cannot be adapted here: its %s takes no other block's place, and no block"
                                    + " around it but the model's root can be exchanged. Call"
                                    + " Lora.inject with the Model, or wrap the root first: new"
                                    + " SequentialBlock().add(block)")
                            .formatted(site.path(), site.owner().getClass().getSimpleName()));
        }
        SubstitutedWeight host =
                site.script() == null
                        ? new SubstitutedWeight(
                                site.path(), site.owner(), site.name(), site.weight(), context)
                        : script(place).add(site.path(), site.script());
        hosts.put(site.weight(), host);
        added.computeIfAbsent(place, block -> new ArrayList<>()).add(host);
        return host;
    }

    private AdaptedScript script(Block place) {
        return scripts.computeIfAbsent(place, block -> sites.inside(block).adapted(context));
    }

    /**
     * Makes the modules of an adapter that weights inside TorchScript modules carry.
     *
     * @param key the adapter's key
     * @throws IllegalArgumentException if a script cannot be rewritten
     */
    void install(String key) {
        scripts.values().forEach(script -> script.install(key));
    }

    /** Returns the host of an adapter's copies of a module inside a TorchScript module. */
    SavedModule copies(String path, ScriptPart part) {
        Block script = sites.scriptOf(path);
        SubstitutionFrame frame = present.get(script);
        if (frame != null) {
            for (SavedModule known : frame.copies()) {
                if (known.base() == part) {
                    return known;
                }
            }
        }
        SavedModule host = script(script).add(new SavedModule(path, part, context));
        addedCopies.computeIfAbsent(script, block -> new ArrayList<>()).add(host);
        return host;
    }

    /** Returns whether a frame can stand around a weight. */
    boolean canHost(WeightSites.Site site) {
        return hosts.containsKey(site.weight()) || place(site) != null;
    }

    /** Finds the block nearest to a weight, and to all others that share it, for a frame. */
    private @Nullable Block place(WeightSites.Site site) {
        if (site.script() != null) {
            return canFrame(site.owner()) ? site.owner() : null;
        }
        Set<Block> owners = Collections.newSetFromMap(new IdentityHashMap<>());
        String path = null;
        for (BlockTree.Node node : nodes) {
            if (reads(node.block(), site.weight())) {
                owners.add(node.block());
                path = path == null ? node.path() : path;
            }
        }
        return nearest(path, owners);
    }

    /** Returns whether a frame can give a module copies of all its weights. */
    boolean canHold(String path, Block module) {
        return place(path, module) != null;
    }

    /**
     * Makes what stands for a module that trains whole and stays where it is.
     *
     * @param path its path
     * @param module what is in its place in the tree
     * @param base the module itself
     */
    SavedModule whole(String path, Block module, Block base) {
        Block place = Objects.requireNonNull(place(path, module));
        SavedModule whole = SavedModule.substituted(path, base, context);
        addedCopies.computeIfAbsent(place, block -> new ArrayList<>()).add(whole);
        return whole;
    }

    /** Finds the block nearest to a module, and to all others that share its weights. */
    private @Nullable Block place(String path, Block module) {
        Set<Block> owners = Collections.newSetFromMap(new IdentityHashMap<>());
        owners.add(module);
        Collection<Parameter> weights = module.getParameters().values();
        for (BlockTree.Node node : nodes) {
            if (weights.stream().anyMatch(weight -> reads(node.block(), weight))) {
                owners.add(node.block());
            }
        }
        return nearest(ModulePath.parent(path), owners);
    }

    private @Nullable Block nearest(@Nullable String path, Set<Block> owners) {
        for (String p = path; p != null; p = p.isEmpty() ? null : ModulePath.parent(p)) {
            Block block = blocks.get(p);
            if (block != null && isAroundAll(block, owners) && canFrame(block)) {
                return block;
            }
        }
        return null;
    }

    private static boolean reads(Block block, Parameter weight) {
        Block owner = block instanceof AdapterHost host ? host.base() : block;
        return BlockWeights.direct(owner).containsValue(weight);
    }

    private boolean canFrame(Block block) {
        if (added.containsKey(block)
                || addedCopies.containsKey(block)
                || present.containsKey(block)) {
            return true;
        }
        return block == root
                ? mayFrameRoot
                : BlockTree.canReplace(root, block, new SubstitutionFrame(block, context));
    }

    /** Whether no way from the root to one of some blocks leads past a block. */
    private boolean isAroundAll(Block block, Set<Block> inside) {
        Set<Block> seen = Collections.newSetFromMap(new IdentityHashMap<>());
        seen.add(block);
        return isOutside(root, inside, seen);
    }

    private static boolean isOutside(Block block, Set<Block> inside, Set<Block> seen) {
        if (!seen.add(block)) {
            return true;
        }
        if (block instanceof SubstitutionFrame frame) {
            return isOutside(frame.base(), inside, seen);
        }
        if (inside.contains(block)) {
            return false;
        }
        for (Pair<String, Block> child : block.getChildren()) {
            if (!isOutside(child.getValue(), inside, seen)) {
                return false;
            }
        }
        return true;
    }

    /**
     * Adds the weights to the frames that are there, and the new frames to what is to be swapped.
     *
     * @return the tree's root: a frame, if the root is to stand in one
     */
    Block carryOut(IdentityHashMap<Block, Block> swaps) {
        Block top = root;
        Set<Block> places = Collections.newSetFromMap(new IdentityHashMap<>());
        places.addAll(added.keySet());
        places.addAll(addedCopies.keySet());
        for (Block place : places) {
            SubstitutionFrame frame = present.get(place);
            if (frame == null) {
                frame = new SubstitutionFrame(place, context, scripts.get(place));
                if (place == root) {
                    top = frame;
                } else {
                    swaps.put(place, frame);
                }
            }
            List<SubstitutedWeight> weights = new ArrayList<>(frame.weights());
            weights.addAll(added.getOrDefault(place, List.of()));
            frame.setWeights(weights);
            List<SavedModule> copies = new ArrayList<>(frame.copies());
            copies.addAll(addedCopies.getOrDefault(place, List.of()));
            frame.setCopies(copies);
        }
        return top;
    }

    /** Takes the weights out of the frames that were there before. */
    void undo() {
        addedCopies.forEach(
                (script, hosts) -> {
                    SubstitutionFrame frame = present.get(script);
                    if (frame != null) {
                        frame.setCopies(
                                frame.copies().stream()
                                        .filter(host -> !hosts.contains(host))
                                        .toList());
                    }
                });
        added.forEach(
                (place, weights) -> {
                    SubstitutionFrame frame = present.get(place);
                    if (frame != null) {
                        frame.setWeights(
                                frame.weights().stream()
                                        .filter(weight -> !weights.contains(weight))
                                        .toList());
                    }
                });
    }
}
