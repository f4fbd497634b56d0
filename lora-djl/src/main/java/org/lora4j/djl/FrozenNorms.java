/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.djl;

import ai.djl.nn.Block;
import ai.djl.nn.norm.BatchNorm;
import java.util.IdentityHashMap;
import org.lora4j.block.LoraContext;
import org.lora4j.block.TrainedBiases;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Keeps the running statistics of an adapted tree's BatchNorms as they are. */
final class FrozenNorms {
    private static final Logger logger = LoggerFactory.getLogger(FrozenNorms.class);

    private FrozenNorms() {}

    /**
     * Puts a host that freezes them in the place of BatchNorms that are nobody's yet. Where a field
     * takes nothing but a BatchNorm, as in DJL's transformer blocks, it stays, with a warning.
     */
    static void host(Block root, LoraContext context) {
        for (BlockTree.Node node : BlockTree.walk(root)) {
            if (!(node.block() instanceof BatchNorm norm) || norm == root) {
                continue;
            }
            boolean empty =
                    norm.getParameters().values().stream().anyMatch(p -> !p.isInitialized());
            if (empty) {
                continue; // without statistics there is nothing to keep
            }
            IdentityHashMap<Block, Block> swap = new IdentityHashMap<>();
            swap.put(norm, new TrainedBiases(node.path(), norm, context));
            try {
                BlockTree.replace(root, swap);
            } catch (IllegalArgumentException | IllegalStateException e) {
                logger.warn(
                        "{} updates its running statistics in training, which are not part of an"
                                + " adapter: {}",
                        node.path(),
                        e.getMessage());
            }
        }
    }
}
