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
import java.util.List;
import org.lora4j.block.AdapterHost;
import org.lora4j.block.LoraContext;
import org.lora4j.block.copy.FrozenBatchNorm;
import org.lora4j.block.copy.PlainBatchNorm;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Freezes the running statistics of a tree's BatchNorms while it has adapters. */
final class BatchNorms {
    private static final Logger logger = LoggerFactory.getLogger(BatchNorms.class);

    private BatchNorms() {}

    /**
     * Replaces each BatchNorm that has no host yet by one that freezes it. A norm in a field of a
     * user's own norm class stays, with a warning.
     */
    static void freeze(Block root, LoraContext context) {
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
            swaps.forEach((norm, host) -> freeze(root, norm, host));
        }
    }

    private static void freeze(Block root, Block norm, Block host) {
        try {
            BlockTree.replace(root, norm, host);
        } catch (IllegalArgumentException | IllegalStateException e) {
            logger.warn(
                    "a BatchNorm updates its running statistics in training, which are no part of"
                            + " an adapter: {}",
                    e.getMessage());
        }
    }

    /**
     * Lets the base train where it did before, but for the statistics of its norms, unless the tree
     * still has adapters.
     *
     * @param root the tree
     * @param hosts the hosts that it had
     */
    static void giveBack(Block root, List<AdapterHost> hosts) {
        if (hosts.isEmpty() || !BlockTree.hosts(root).isEmpty()) {
            return;
        }
        hosts.get(0).context().trained().giveBack(root);
        for (BlockTree.Node node : BlockTree.walk(root)) {
            if (node.block() instanceof BatchNorm norm && norm != root && norm.isInitialized()) {
                keepStatistics(root, norm);
            }
        }
    }

    private static void keepStatistics(Block root, BatchNorm norm) {
        BatchNorm plain = PlainBatchNorm.of(norm);
        if (plain == norm) {
            return;
        }
        try {
            BlockTree.replace(root, norm, plain);
        } catch (IllegalArgumentException | IllegalStateException e) {
            logger.debug("a BatchNorm stays as it is: {}", e.getMessage());
        }
    }
}
