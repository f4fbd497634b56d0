/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.block.layer;

import java.util.Collection;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.lora4j.block.ActiveAdapters;
import org.lora4j.block.AdapterHost;
import org.lora4j.block.pass.Readers;
import org.lora4j.block.pass.SelectedAdapters;

/**
 * Merges the layers of a tree while other threads run it: a pass uses the merged weights in every
 * layer or in none. For the owner of the tree, one thread at a time.
 */
public final class TreeMerge {
    private TreeMerge() {}

    /**
     * Merges selections beside the frozen weights, which stay as they are: a copy of the adapted
     * weights for each. What was merged before is dropped when the passes that use it have ended;
     * to avoid merged copies of both in memory, call {@link #unmerge} first.
     *
     * @param active the tree's selections
     * @param selections those to merge
     * @param hosts the tree's hosts; those that are no layers are left as they are
     * @throws IllegalStateException if a number of a sum is NaN or infinite: it names the layer,
     *     and none is merged
     */
    public static void merge(
            ActiveAdapters active,
            Collection<SelectedAdapters> selections,
            Collection<? extends AdapterHost> hosts) {
        List<LayerMerge> layers = layers(hosts);
        layers.forEach(LayerMerge::dropOwn);
        Readers gate = new Readers();
        try {
            for (SelectedAdapters selected : selections) {
                layers.forEach(layer -> layer.merge(selected, gate));
            }
        } catch (RuntimeException | Error e) {
            layers.forEach(layer -> layer.drop(gate));
            throw e;
        }
        retire(active.names().setGate(gate), layers);
    }

    /**
     * Drops what was merged, after the passes that use it have ended.
     *
     * @param active the tree's selections
     * @param hosts the tree's hosts
     * @throws IllegalStateException if the calling thread is in a pass
     */
    public static void unmerge(ActiveAdapters active, Collection<? extends AdapterHost> hosts) {
        active.requireOutsidePass("dropping merged weights");
        List<LayerMerge> layers = layers(hosts);
        Readers before = active.names().setGate(null);
        retire(before, layers);
        if (before != null) {
            before.awaitNone();
        }
        layers.forEach(LayerMerge::dropOwn);
    }

    private static void retire(@Nullable Readers gate, List<LayerMerge> layers) {
        if (gate != null) {
            gate.retire(() -> layers.forEach(layer -> layer.drop(gate)));
        }
    }

    private static List<LayerMerge> layers(Collection<? extends AdapterHost> hosts) {
        return hosts.stream()
                .filter(LowRankLayer.class::isInstance)
                .map(host -> ((LowRankLayer) host).adapters().merge)
                .toList();
    }
}
