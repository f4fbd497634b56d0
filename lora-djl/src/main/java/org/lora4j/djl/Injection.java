/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.djl;

import java.util.ArrayList;
import java.util.List;
import org.lora4j.block.AdaptedLayer;
import org.lora4j.block.AdapterHost;
import org.lora4j.block.AdapterSelection;
import org.lora4j.block.BiasHost;
import org.lora4j.block.LoraContext;
import org.lora4j.block.copy.SavedModule;
import org.lora4j.block.part.PartHost;
import org.lora4j.core.AdapterConfig;
import org.lora4j.core.TargetMatch;

/**
 * The result of an injection: the layers that carry the new adapter, and the modules that train
 * whole.
 *
 * @param adapter the adapter's name
 * @param config the configuration, as given
 * @param match the modules that each name matched
 * @param context what the blocks of the tree share
 * @param layers the adapted layers, in the order of the tree
 * @param savedModules the modules that train whole
 * @param biasHosts the modules of which only the biases train
 * @param parts the modules of which the adapter trains something else, such as the rows of some
 *     tokens
 */
public record Injection(
        String adapter,
        AdapterConfig config,
        TargetMatch match,
        LoraContext context,
        List<AdaptedLayer> layers,
        List<SavedModule> savedModules,
        List<BiasHost> biasHosts,
        List<PartHost> parts) {

    /** Copies the lists. */
    public Injection {
        layers = List.copyOf(layers);
        savedModules = List.copyOf(savedModules);
        biasHosts = List.copyOf(biasHosts);
        parts = List.copyOf(parts);
    }

    /** Returns every block that carries the adapter. */
    public List<AdapterHost> hosts() {
        List<AdapterHost> hosts = new ArrayList<>(layers);
        hosts.addAll(savedModules);
        hosts.addAll(biasHosts);
        hosts.addAll(parts);
        return hosts;
    }

    /** Returns how many numbers the adapter has, modules that train whole and biases included. */
    public long parameterCount() {
        return hosts().stream().mapToLong(host -> count(host, adapter)).sum();
    }

    /** Returns how many numbers an adapter has on one host. */
    static long count(AdapterHost host, String adapter) {
        return host.tensors(adapter).values().stream()
                .mapToLong(parameter -> parameter.getArray().getShape().size())
                .sum();
    }

    /**
     * Merges the adapter beside each frozen weight; see {@link
     * AdaptedLayer#merge(AdapterSelection)}.
     *
     * @throws IllegalStateException if a sum is NaN or infinite: it names the layer, and none is
     *     merged
     */
    public void merge() {
        try {
            layers.forEach(layer -> layer.merge(AdapterSelection.of(adapter)));
        } catch (RuntimeException | Error e) {
            unmerge();
            throw e;
        }
    }

    /** Drops the merged weights. */
    public void unmerge() {
        layers.forEach(AdaptedLayer::unmerge);
    }

    /**
     * Returns a table of what was adapted: path, kind, shape, rank, scaling and parameters.
     *
     * <p>The kind says how: a bare name, such as Linear, is that of a layer whose place an adapted
     * one took; "changed weight", that of a convolution in groups that runs on the changed weight;
     * and "substituted" that of a weight which the passes of its block are given. A line below says
     * what substitution costs.
     *
     * <p>Other lines name layers that no forward pass has called, once one has called others, and
     * modules that adapters cannot enter, such as TorchScript.
     *
     * @return one line for each module and a total
     */
    public String table() {
        return AdapterTable.of(this);
    }

    /** Returns {@link #table()}. */
    @Override
    public String toString() {
        return table();
    }
}
