/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.djl;

import ai.djl.nn.Block;
import java.util.ArrayList;
import java.util.Collection;
import java.util.IdentityHashMap;
import java.util.List;
import org.lora4j.block.ActiveAdapters;
import org.lora4j.block.AdapterHost;
import org.lora4j.block.copy.FrozenBatchNorm;
import org.lora4j.block.pass.AdapterNames;

/**
 * Adapters that have lost their names, so that new passes do not find them. They are freed when the
 * passes that use them have ended.
 *
 * <p>Withdrawing the names and freeing the adapters are separate steps, so that an owner need not
 * hold a lock while it waits: a pass may be waiting for that lock.
 */
public final class AdapterRemoval {
    private final Block root;
    private final ActiveAdapters active;
    private final List<String> keys;

    private AdapterRemoval(Block root, ActiveAdapters active, List<String> keys) {
        this.root = root;
        this.active = active;
        this.keys = keys;
    }

    /**
     * Withdraws adapters' names, and removes the adapters from the default selection.
     *
     * @param root the tree
     * @param active the tree's selections
     * @param adapters the adapters' names
     * @throws IllegalStateException if the calling thread is in a pass, or a layer is seen at work
     *     outside of any pass; nothing is changed
     */
    public static AdapterRemoval of(
            Block root, ActiveAdapters active, Collection<String> adapters) {
        active.requireOutsidePass("the removal of an adapter");
        active.requireNoLooseLayer("an adapter is removed");
        return new AdapterRemoval(root, active, active.names().withdraw(adapters));
    }

    /** Removes an adapter that no pass has seen. */
    static void ofStaged(Block root, ActiveAdapters active, String key) {
        new AdapterRemoval(root, active, List.of()).remove(key);
        active.names().discard(key);
    }

    /** An adapter whose name another has taken over. */
    static AdapterRemoval ofReplaced(Block root, ActiveAdapters active, String key) {
        return new AdapterRemoval(root, active, List.of(key));
    }

    /**
     * Waits for the passes that use the adapters, frees the adapters, and puts blocks back that
     * carry no other.
     */
    public void finish() {
        AdapterNames names = active.names();
        keys.forEach(key -> names.free(key, () -> remove(key)));
        try (ActiveAdapters.Scope change = active.change()) {
            putBack();
        }
    }

    private void remove(String key) {
        try (ActiveAdapters.Scope change = active.change()) {
            BlockTree.hosts(root).forEach(host -> host.removeAdapter(key));
            putBack();
        }
    }

    /** Puts the original blocks back where a host carries nothing any more. */
    private void putBack() {
        List<AdapterHost> hosts = BlockTree.hosts(root);
        boolean isAdapted = hosts.stream().anyMatch(host -> !host.isBare());
        List<AdapterHost> bare = new ArrayList<>();
        IdentityHashMap<Block, Block> originals = new IdentityHashMap<>();
        for (AdapterHost host : hosts) {
            // a norm stays frozen as long as there is an adapter that could train
            if (host.isBare() && !(isAdapted && host instanceof FrozenBatchNorm)) {
                originals.put(host, host.base());
                bare.add(host);
            }
        }
        BlockTree.replace(root, originals);
        BlockTree.unmerge(bare);
    }
}
