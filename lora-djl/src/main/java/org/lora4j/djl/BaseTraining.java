/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.djl;

import ai.djl.nn.Block;
import ai.djl.nn.norm.BatchNorm;
import java.util.IdentityHashMap;
import java.util.List;
import org.lora4j.block.AdapterHost;
import org.lora4j.block.copy.PlainBatchNorm;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Makes a tree whose adapters are gone fit to be trained in full, as it was before. */
final class BaseTraining {
    private static final Logger logger = LoggerFactory.getLogger(BaseTraining.class);

    private BaseTraining() {}

    /**
     * Lets the base train where it did before, unless the tree still has adapters.
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
        IdentityHashMap<Block, Block> swap = new IdentityHashMap<>();
        swap.put(norm, plain);
        try {
            BlockTree.replace(root, swap);
        } catch (IllegalArgumentException | IllegalStateException e) {
            logger.debug("a BatchNorm stays as it is: {}", e.getMessage());
        }
    }
}
