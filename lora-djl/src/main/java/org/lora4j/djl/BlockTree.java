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
import org.lora4j.core.ModulePath;

/**
 * Walks and edits a tree of DJL blocks by identity.
 *
 * <p>A block that sits in several places is seen once, under its first path. What lies inside an
 * {@link AdapterHost} is not walked: the host stands for it.
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
        List<Node> nodes = new ArrayList<>();
        collect(root, "", nodes, Collections.newSetFromMap(new IdentityHashMap<>()));
        return nodes;
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
        List<Node> nodes = walk(root);
        List<Edit> edits = new ArrayList<>();
        FieldSwap fields = new FieldSwap(nodes, replacements);
        for (Node node : nodes) {
            if (node.block instanceof AdapterHost) {
                continue;
            }
            if (node.block instanceof ReplaceableChildren parent) {
                for (Pair<String, Block> child : node.block.getChildren()) {
                    Block replacement = replacements.get(child.getValue());
                    if (replacement != null) {
                        edits.add(replaceChild(parent, child.getValue(), replacement));
                    }
                }
            } else {
                fields.plan(node);
            }
        }
        edits.addAll(fields.edits());
        Edit.applyAll(edits);
    }

    /** As {@link #replace(Block, IdentityHashMap)}, for one block. */
    static void replace(Block root, Block original, Block replacement) {
        IdentityHashMap<Block, Block> one = new IdentityHashMap<>();
        one.put(original, replacement);
        replace(root, one);
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

    private static void collect(Block block, String path, List<Node> nodes, Set<Block> seen) {
        if (!seen.add(block)) {
            return;
        }
        nodes.add(new Node(path, block));
        if (block instanceof AdapterHost) {
            return;
        }
        BlockList children = block.getChildren();
        List<String> segments = ModulePath.segments(children.keys());
        for (int i = 0; i < segments.size(); i++) {
            collect(children.valueAt(i), ModulePath.join(path, segments.get(i)), nodes, seen);
        }
    }
}
