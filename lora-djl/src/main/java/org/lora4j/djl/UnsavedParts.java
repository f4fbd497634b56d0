/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.djl;

import ai.djl.nn.Block;
import ai.djl.nn.Parameter;
import java.util.ArrayList;
import java.util.Collections;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.lora4j.block.AdapterHost;
import org.lora4j.block.LoraContext;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Finds the trained state of a tree that an adapter's files do not hold. */
final class UnsavedParts {
    private static final Logger logger = LoggerFactory.getLogger(UnsavedParts.class);
    private static final int SHOWN = 10;

    private UnsavedParts() {}

    /** Warns of layers that never ran, and of parameters that train but belong to no adapter. */
    static void tell(Block root, String adapter) {
        List<AdapterHost> hosts = BlockTree.hosts(root);
        if (hosts.isEmpty()) {
            return;
        }
        LoraContext context = hosts.get(0).context();
        List<String> never = new ArrayList<>(context.coverage().neverCalled());
        never.retainAll(
                hosts.stream()
                        .filter(host -> !host.tensors(adapter).isEmpty())
                        .map(AdapterHost::path)
                        .toList());
        if (!never.isEmpty()) {
            logger.warn(
                    "adapter \"{}\" has tensors for {}, which no forward pass has called: they hold"
                            + " what they began with",
                    adapter,
                    shown(never));
        }
        context.trained().restore(); // what DJL's newTrainer unfroze was not trained
        List<String> left = trained(root);
        if (!left.isEmpty()) {
            logger.warn(
                    "the adapter's files do not hold {}, which train beside adapter \"{}\": save"
                        + " the whole model, or name such modules in optModulesToSave before they"
                        + " are trained",
                    shown(left),
                    adapter);
        }
    }

    private static List<String> trained(Block root) {
        Set<Parameter> copies = Collections.newSetFromMap(new IdentityHashMap<>());
        for (AdapterHost host : BlockTree.hosts(root)) {
            host.adapterNames().forEach(name -> copies.addAll(host.tensors(name).values()));
        }
        Map<String, Parameter> left = BlockParameters.of(root);
        left.values()
                .removeIf(p -> !p.requiresGradient() || !p.isInitialized() || copies.contains(p));
        return List.copyOf(left.keySet());
    }

    private static String shown(List<String> paths) {
        int count = Math.min(SHOWN, paths.size());
        String list = String.join(", ", paths.subList(0, count));
        return count < paths.size() ? list + " and " + (paths.size() - count) + " more" : list;
    }
}
