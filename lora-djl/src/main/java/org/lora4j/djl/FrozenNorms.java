/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.djl;

import ai.djl.nn.Block;
import ai.djl.nn.Parameter;
import ai.djl.nn.norm.BatchNorm;
import java.util.IdentityHashMap;
import org.lora4j.block.FrozenBatchNorm;
import org.lora4j.block.LoraContext;

/** Keeps the running statistics of an adapted tree's BatchNorms as they are. */
final class FrozenNorms {
    private FrozenNorms() {}

    /** Puts a host that freezes them in the place of BatchNorms that are nobody's yet. */
    static void host(Block root, LoraContext context) {
        IdentityHashMap<Block, Block> swaps = new IdentityHashMap<>();
        for (BlockTree.Node node : BlockTree.walk(root)) {
            if (node.block() instanceof BatchNorm norm
                    && !(norm instanceof FrozenBatchNorm)
                    && norm != root
                    && norm.getParameters().values().stream().allMatch(Parameter::isInitialized)) {
                swaps.put(norm, new FrozenBatchNorm(node.path(), norm, context));
            }
        }
        BlockTree.replace(root, swaps);
    }
}
