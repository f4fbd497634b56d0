/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.hf.base;

import java.util.Collection;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import org.lora4j.block.ActiveAdapters;
import org.lora4j.block.AdapterHost;
import org.lora4j.block.AdapterSelection;
import org.lora4j.block.copy.SavedModule;
import org.lora4j.core.ModulePath;
import org.lora4j.djl.BlockTree;
import org.lora4j.hf.model.ModelRoot;

/**
 * The layers of a model that its checkpoint did not have. They were drawn at random, so the model's
 * results mean nothing until they are trained or an adapter has its own. Thread-safe.
 */
public final class DrawnLayers {
    private volatile Set<String> paths;

    public DrawnLayers(Collection<String> paths) {
        this.paths = Set.copyOf(paths);
    }

    /** Returns the paths, in no order. */
    public Set<String> paths() {
        return paths;
    }

    /** Removes all layers, since they train or their numbers are now those of an adapter. */
    public void clear() {
        paths = Set.of();
    }

    /** Returns the drawn layers of which no adapter of a selection has its own copy, sorted. */
    List<String> left(ModelRoot root, AdapterSelection selection) {
        if (paths.isEmpty()) {
            return List.of();
        }
        Set<String> left = new TreeSet<>(paths);
        Set<String> active = selection.weights().keySet();
        try (ActiveAdapters.Scope look = root.loraContext().active().change()) {
            for (AdapterHost host : BlockTree.hosts(root)) {
                if (host instanceof SavedModule
                        && host.adapterNames().stream().anyMatch(active::contains)) {
                    left.removeIf(path -> ModulePath.startsWith(path, host.path()));
                }
            }
        }
        return List.copyOf(left);
    }

    /**
     * Checks that no drawn layer is used before it is trained.
     *
     * @param selection the adapters that take part
     * @param attempt what would use them, such as "predict"
     * @throws IllegalStateException if there are any; the message names them
     */
    public void requireNone(ModelRoot root, AdapterSelection selection, String attempt) {
        List<String> left = left(root, selection);
        if (!left.isEmpty()) {
            throw new IllegalStateException("cannot " + attempt + ": " + explain(left));
        }
    }

    /** Returns what is wrong with drawn layers that are not trained. */
    static String explain(List<String> paths) {
        String it = paths.size() == 1 ? "it" : "them";
        return ("neither the checkpoint nor an active adapter has %s; %s drawn at random, so the"
                    + " results would mean nothing. Expected a base that has %s, or an adapter that"
                    + " was trained with %s among its modules_to_save")
                .formatted(
                        String.join(", ", paths),
                        paths.size() == 1 ? "it was" : "they were",
                        it,
                        it);
    }
}
