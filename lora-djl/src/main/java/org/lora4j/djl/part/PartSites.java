/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.djl.part;

import ai.djl.ndarray.types.Shape;
import ai.djl.nn.Block;
import java.util.ArrayList;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import org.lora4j.block.LoraContext;
import org.lora4j.block.part.PartHost;
import org.lora4j.core.AdapterConfig;
import org.lora4j.core.Ia3Config;
import org.lora4j.core.SoftPromptConfig;
import org.lora4j.core.TargetMatch;
import org.lora4j.core.TrainableTokensConfig;

/** Where one kind of part of an adapter is in a tree. */
public sealed interface PartSites permits TokenSites, Ia3Sites, PromptSite {
    /**
     * Finds the places of all parts that a configuration asks for.
     *
     * @param config the configuration
     * @param match the modules that it selects
     * @param root the tree's root
     * @param blocks the tree's blocks by path
     * @throws IllegalArgumentException if one of them cannot have the part
     */
    static List<PartSites> of(
            AdapterConfig config, TargetMatch match, Block root, Map<String, Block> blocks) {
        List<PartSites> sites = new ArrayList<>();
        if (!config.tokens().isEmpty()) {
            sites.add(TokenSites.of(config.tokens(), match, root, blocks));
        }
        if (config instanceof Ia3Config ia3) {
            sites.add(Ia3Sites.of(ia3, match, blocks));
        }
        if (config instanceof TrainableTokensConfig tokens) {
            sites.add(TokenSites.of(tokens, match, root, blocks));
        }
        if (config instanceof SoftPromptConfig prompt) {
            sites.add(PromptSite.of(prompt, root, blocks));
        }
        return sites;
    }

    /** Returns the shapes of the adapter's tensors in a file, by PEFT's names. */
    Map<String, Shape> shapes();

    /** Returns how many numbers train of a new adapter, by the path of the module beside them. */
    Map<String, Long> trained();

    /**
     * Returns tensors that a file may repeat, by PEFT's names, with the name of the one that each
     * is equal to.
     */
    default Map<String, String> repeated() {
        return Map.of();
    }

    /**
     * Makes the hosts that are not there yet.
     *
     * @param context what the blocks of the tree share
     * @param swaps gets what takes which block's place
     * @param drawn whether the adapter is a new one rather than a file's
     * @return the hosts that get tensors
     */
    List<Addition> additions(
            LoraContext context, IdentityHashMap<Block, Block> swaps, boolean drawn);

    /**
     * A host that gets an adapter.
     *
     * @param host the host
     * @param add adds the adapter of a name or key
     */
    record Addition(PartHost host, Consumer<String> add) {}
}
