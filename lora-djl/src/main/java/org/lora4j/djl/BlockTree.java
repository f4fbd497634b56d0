/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.djl;

import ai.djl.nn.Block;
import ai.djl.nn.BlockList;
import ai.djl.nn.Parameter;
import ai.djl.util.Pair;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Collections;
import java.util.IdentityHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import org.lora4j.block.AdaptedLayer;
import org.lora4j.block.AdapterHost;
import org.lora4j.block.copy.SavedModule;
import org.lora4j.block.layer.SubstitutedWeight;
import org.lora4j.block.layer.SubstitutionFrame;
import org.lora4j.core.ModulePath;
import org.lora4j.djl.swap.Edit;
import org.lora4j.djl.swap.FieldSwap;

/**
 * Walks and edits a tree of DJL blocks by identity.
 *
 * <p>A block that sits in several places is seen once, under its first path. What lies inside an
 * {@link AdapterHost} is not walked: the host stands for it. A {@link SubstitutionFrame} is walked
 * through: its base is seen in its place, each weight that it substitutes after the weight's block,
 * and a module that it lets train whole in the module's place.
 */
public final class BlockTree {
    private BlockTree() {}

    /**
     * A block and where it is.
     *
     * @param path its module path, empty for the root
     * @param block the block
     */
    public record Node(String path, Block block) {}

    /**
     * Lists the blocks of a tree, parents before children, in the order of the tree.
     *
     * @param root the tree
     */
    public static List<Node> walk(Block root) {
        return new Walk(root).nodes;
    }

    /**
     * Lists the adapter hosts of a tree.
     *
     * @param root the tree
     */
    public static List<AdapterHost> hosts(Block root) {
        List<AdapterHost> hosts = new ArrayList<>();
        for (Node node : walk(root)) {
            if (node.block instanceof AdapterHost host) {
                hosts.add(host);
            }
        }
        return hosts;
    }

    /**
     * Returns the names of the adapters of a tree that have trainable parameters.
     *
     * @param root the tree
     */
    public static Set<String> trainedAdapters(Block root) {
        Set<String> names = new LinkedHashSet<>();
        for (AdapterHost host : hosts(root)) {
            for (String name : host.adapterNames()) {
                if (host.tensors(name).values().stream().anyMatch(Parameter::requiresGradient)) {
                    names.add(name);
                }
            }
        }
        return names;
    }

    /**
     * Replaces blocks wherever the tree refers to them: in lists of children and in fields, also
     * through collections, records and objects of the user's own classes that these hold.
     *
     * @param root the tree; itself never replaced
     * @param replacements original to replacement, by identity
     * @throws IllegalArgumentException if a field cannot hold its replacement; nothing is replaced
     * @throws IllegalStateException if a field cannot be reached; nothing is replaced
     */
    public static void replace(Block root, IdentityHashMap<Block, Block> replacements) {
        Walk tree = new Walk(root);
        FieldSwap fields = fields(tree, replacements);
        List<Edit> edits = new ArrayList<>(fields.edits());
        for (Node node : tree.nodes) {
            if (node.block instanceof ReplaceableChildren parent
                    && !(node.block instanceof AdapterHost)) {
                for (Pair<String, Block> child : node.block.getChildren()) {
                    Block replacement = replacements.get(child.getValue());
                    if (replacement != null) {
                        edits.add(replaceChild(parent, child.getValue(), replacement));
                    }
                }
            }
        }
        tree.frames.forEach(frame -> edits.addAll(insideFrame(frame, replacements)));
        Edit.applyAll(edits);
        takeAway(root, new Walk(root).frames);
    }

    /**
     * Returns whether every place that holds a block can hold another instead, so that {@link
     * #replace} would do it and no lambda would go on with the original.
     */
    static boolean canReplace(Block root, IdentityHashMap<Block, Block> replacements) {
        try {
            return !fields(new Walk(root), replacements).isCaptured();
        } catch (IllegalArgumentException | IllegalStateException e) {
            return false;
        }
    }

    /** As {@link #canReplace(Block, IdentityHashMap)}, for one block. */
    static boolean canReplace(Block root, Block original, Block replacement) {
        return canReplace(root, one(original, replacement));
    }

    private static FieldSwap fields(Walk tree, IdentityHashMap<Block, Block> replacements) {
        List<Block> listed = new ArrayList<>(tree.frames);
        listed.addAll(tree.saved.keySet());
        tree.nodes.forEach(node -> listed.add(node.block));
        FieldSwap fields = new FieldSwap(listed, replacements);
        for (Node node : tree.nodes) {
            if (!(node.block instanceof AdapterHost)
                    && !(node.block instanceof ReplaceableChildren)) {
                fields.plan(node.path, node.block);
            }
        }
        return fields;
    }

    /** What changes in a frame: its base, and weights that are substituted no more. */
    private static List<Edit> insideFrame(
            SubstitutionFrame frame, IdentityHashMap<Block, Block> replacements) {
        List<Edit> edits = new ArrayList<>();
        Block before = frame.base();
        Block after = replacements.get(before);
        if (after != null) {
            edits.add(new Edit(() -> frame.setBase(after), () -> frame.setBase(before)));
        }
        List<SubstitutedWeight> all = frame.weights();
        List<SubstitutedWeight> kept =
                all.stream().filter(weight -> !replacements.containsKey(weight)).toList();
        if (kept.size() < all.size()) {
            edits.add(new Edit(() -> frame.setWeights(kept), () -> frame.setWeights(all)));
        }
        List<SavedModule> copies = frame.copies();
        List<SavedModule> keptCopies =
                copies.stream().filter(part -> !replacements.containsKey(part)).toList();
        if (keptCopies.size() < copies.size()) {
            edits.add(new Edit(() -> frame.setCopies(keptCopies), () -> frame.setCopies(copies)));
        }
        return edits;
    }

    /** Puts the bases of frames that substitute nothing any more in their places. */
    private static void takeAway(Block root, List<SubstitutionFrame> frames) {
        IdentityHashMap<Block, Block> bases = new IdentityHashMap<>();
        for (SubstitutionFrame frame : frames) {
            if (frame != root && frame.isBare()) {
                bases.put(frame, frame.base());
            }
        }
        if (!bases.isEmpty()) {
            replace(root, bases);
        }
    }

    /** Returns the frames of a tree. */
    static List<SubstitutionFrame> frames(Block root) {
        return new Walk(root).frames;
    }

    /** Returns a model's own root: the base where a frame stands around it. */
    static Block original(Block root) {
        return root instanceof SubstitutionFrame frame ? original(frame.base()) : root;
    }

    /** As {@link #replace(Block, IdentityHashMap)}, for one block. */
    static void replace(Block root, Block original, Block replacement) {
        replace(root, one(original, replacement));
    }

    private static IdentityHashMap<Block, Block> one(Block original, Block replacement) {
        IdentityHashMap<Block, Block> one = new IdentityHashMap<>();
        one.put(original, replacement);
        return one;
    }

    /** Drops the merged weights of a tree's layers. */
    static void unmerge(Collection<? extends Block> blocks) {
        for (Block block : blocks) {
            if (block instanceof AdaptedLayer layer) {
                layer.unmerge();
            }
        }
    }

    private static Edit replaceChild(ReplaceableChildren parent, Block child, Block replacement) {
        return new Edit(
                () -> parent.replaceChild(child, replacement),
                () -> parent.replaceChild(replacement, child));
    }

    /** One walk through a tree. */
    private static final class Walk {
        private final List<Node> nodes = new ArrayList<>();
        private final List<SubstitutionFrame> frames = new ArrayList<>();
        private final Set<Block> seen = Collections.newSetFromMap(new IdentityHashMap<>());
        private final IdentityHashMap<Block, List<SubstitutedWeight>> weights =
                new IdentityHashMap<>();

        private final IdentityHashMap<Block, SavedModule> saved = new IdentityHashMap<>();

        Walk(Block root) {
            see(root, "");
        }

        private void see(Block block, String path) {
            if (!seen.add(block)) {
                return;
            }
            if (block instanceof SubstitutionFrame frame) {
                frames.add(frame);
                for (SubstitutedWeight weight : frame.weights()) {
                    weights.computeIfAbsent(weight.owner(), owner -> new ArrayList<>()).add(weight);
                }
                frame.copies().forEach(module -> saved.put(module.base(), module));
                see(frame.base(), path);
                // those of blocks that this walk does not see, such as one that trains whole
                frame.weights().forEach(this::see);
                for (SavedModule part : frame.copies()) {
                    if (seen.add(part)) {
                        nodes.add(new Node(part.path(), part));
                    }
                }
                return;
            }
            SavedModule whole = saved.get(block);
            if (whole != null) {
                seen.add(whole);
                nodes.add(new Node(path, whole));
                return;
            }
            nodes.add(new Node(path, block));
            weights.getOrDefault(block, List.of()).forEach(this::see);
            if (block instanceof AdapterHost) {
                return;
            }
            BlockList children = block.getChildren();
            boolean unnamed = block instanceof ReplaceableChildren own && !own.namesChildren();
            List<String> segments = unnamed ? List.of("") : ModulePath.segments(children.keys());
            for (int i = 0; i < segments.size(); i++) {
                see(children.valueAt(i), ModulePath.join(path, segments.get(i)));
            }
        }

        private void see(SubstitutedWeight weight) {
            if (seen.add(weight)) {
                nodes.add(new Node(weight.path(), weight));
            }
        }
    }
}
