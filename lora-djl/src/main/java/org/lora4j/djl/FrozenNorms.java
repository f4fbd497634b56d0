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
import org.lora4j.block.LoraContext;
import org.lora4j.block.copy.FrozenBatchNorm;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Keeps the running statistics of an adapted tree's BatchNorms as they are. */
final class FrozenNorms {
    private static final Logger logger = LoggerFactory.getLogger(FrozenNorms.class);

    private FrozenNorms() {}

    /**
     * Puts a host that freezes them in the place of BatchNorms that are nobody's yet. One in a
     * field that takes only a class of the user's own stays, with a warning.
     */
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
        try {
            if (!swaps.isEmpty()) {
                BlockTree.replace(root, swaps);
            }
        } catch (IllegalArgumentException | IllegalStateException e) {
            swaps.forEach((norm, host) -> one(root, norm, host));
        }
    }

    private static void one(Block root, Block norm, Block host) {
        IdentityHashMap<Block, Block> swap = new IdentityHashMap<>();
        swap.put(norm, host);
        try {
            BlockTree.replace(root, swap);
        } catch (IllegalArgumentException | IllegalStateException e) {
            logger.warn(
                    "a BatchNorm updates its running statistics in training, which are no part of"
                            + " an adapter: {}",
                    e.getMessage());
        }
    }
}
