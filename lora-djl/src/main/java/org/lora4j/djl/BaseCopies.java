/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.djl;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.nn.Block;
import ai.djl.nn.Parameter;
import java.util.HashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.lora4j.block.AdapterHost;
import org.lora4j.block.weight.BlockWeights;
import org.lora4j.core.ModulePath;
import org.lora4j.torch.Torch;

/**
 * Copies of base weights in an adapter's file. PEFT writes those of word tables and output heads as
 * soon as an adapter targets one, and of both where the vocabulary was resized, though it did not
 * train them.
 */
public final class BaseCopies {
    private static final String WRAPPED = ".base_layer.";
    private static final String WRAPPED_TOKENS = ".token_adapter.base_layer.";

    private final Map<String, Block> blocks;

    /** Compares with a tree's blocks, which are given by path. */
    BaseCopies(Map<String, Block> blocks) {
        this.blocks = blocks;
    }

    /**
     * Returns the comparison with a tree.
     *
     * @param root the tree
     */
    public static BaseCopies of(Block root) {
        return new BaseCopies(byPath(root));
    }

    static Map<String, Block> byPath(Block root) {
        Map<String, Block> blocks = new HashMap<>();
        BlockTree.walk(root).forEach(node -> blocks.put(node.path(), node.block()));
        return blocks;
    }

    /** Returns whether a tensor's name is that of a weight of the base. */
    boolean names(String name) {
        return original(name) != null;
    }

    /**
     * Returns whether a tensor is a weight of the base to the bit, in the base's precision.
     *
     * @param name its name in an adapter's file, without PEFT's prefix
     * @param copy its numbers
     */
    public boolean isEqual(String name, NDArray copy) {
        Parameter original = original(name);
        if (original == null || !original.getArray().getShape().equals(copy.getShape())) {
            return false;
        }
        try (NDManager scope = copy.getManager().newSubManager()) {
            NDArray base = Torch.toFloat32(original.getArray());
            base.attach(scope);
            NDArray cast = Torch.toTypeOf(copy, original.getArray());
            cast.attach(scope);
            NDArray found = Torch.toFloat32(cast);
            found.attach(scope);
            return base.contentEquals(found);
        }
    }

    /**
     * Returns the weight of the base that a tensor of an adapter's file is a copy of.
     *
     * @param name its name, without PEFT's prefix
     * @return the weight, or null if the base has none of that name
     */
    public @Nullable Parameter original(String name) {
        String plain = name.replace(WRAPPED_TOKENS, ".").replace(WRAPPED, ".");
        Block block = blocks.get(ModulePath.parent(plain));
        if (block == null) {
            return null;
        }
        Block base = block instanceof AdapterHost host ? host.base() : block;
        return BlockWeights.direct(base).get(ModulePath.lastSegment(plain));
    }
}
