/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.block.copy;

import ai.djl.MalformedModelException;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.nn.Block;
import ai.djl.nn.Parameter;
import ai.djl.training.ParameterStore;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.lora4j.block.AdapterHost;
import org.lora4j.block.kernels.LoraKernels;
import org.lora4j.block.pass.AdapterNames;
import org.lora4j.block.pass.SelectedAdapters;
import org.lora4j.block.weight.BlockWeights;

/** The bias of an adapted layer, if it has one, and the adapters' copies of it. */
public final class LayerBias {
    private final @Nullable Parameter bias;
    private final ParameterCopies copies;

    /**
     * Creates the bias of a layer.
     *
     * @param path the layer's module path
     * @param base the frozen layer
     * @param names the tree's adapters
     * @param parameters the host's own parameters, where copies are listed for DJL
     */
    public LayerBias(
            String path, Block base, AdapterNames names, Map<String, Parameter> parameters) {
        this.bias = BlockWeights.direct(base).get("bias");
        this.copies = new ParameterCopies(path, names, parameters);
    }

    public void add(String adapter) {
        if (bias != null && !copies.has(adapter)) {
            copies.add(adapter, Map.of("bias", bias));
        }
    }

    public void remove(String adapter) {
        copies.remove(adapter);
    }

    public boolean isEmpty() {
        return copies.isEmpty();
    }

    /** Returns a layer's adapters together with those that have a copy of the bias alone. */
    public Set<String> namesWith(Set<String> adapters) {
        if (copies.names().isEmpty()) {
            return adapters;
        }
        Set<String> names = new LinkedHashSet<>(adapters);
        names.addAll(copies.names());
        return names;
    }

    /**
     * Returns an adapter's copy by PEFT's suffix.
     *
     * @param adapted whether the adapter has low-rank matrices on the layer: PEFT's wrapper around
     *     them calls the layer base_layer
     */
    public Map<String, Parameter> tensors(String adapter, boolean adapted) {
        Map<String, Parameter> biases = new LinkedHashMap<>();
        copies.tensors(adapter)
                .forEach((name, copy) -> biases.put(adapted ? "base_layer." + name : name, copy));
        return biases;
    }

    public boolean replaces(Parameter original) {
        return copies.replaces(original);
    }

    /** Returns a store that gives the selected adapter's copy in the place of the bias. */
    public ParameterStore over(ParameterStore store, SelectedAdapters selected) {
        ParameterCopies.OfAdapter own = copies.active(selected);
        return own == null ? store : own.over(store);
    }

    /** Returns whether a selected adapter has its own copy. */
    public boolean isReplaced(SelectedAdapters selected) {
        return copies.active(selected) != null;
    }

    /** Returns the bias of a plain layer: the layer's own, or a copy of the adapter's. */
    @Nullable
    public NDArray merged(LoraKernels kernels, SelectedAdapters selected) {
        if (bias == null) {
            return null;
        }
        ParameterCopies.OfAdapter own = copies.active(selected);
        return own == null ? bias.getArray() : own.merged(bias, kernels);
    }

    /** Writes a selected adapter's copy into the layer's own bias. */
    public void write(LoraKernels kernels, SelectedAdapters selected) {
        ParameterCopies.OfAdapter own = copies.active(selected);
        if (own != null) {
            own.write(kernels);
        }
    }

    /** Writes another sum into the layer's own bias, if it has one and the sum is another. */
    public void overwrite(LoraKernels kernels, @Nullable NDArray sum) {
        if (bias != null && sum != null && sum != bias.getArray()) {
            kernels.copyInto(bias.getArray(), sum);
        }
    }

    /** Returns whether the layer has a bias. */
    public boolean exists() {
        return bias != null;
    }

    public void save(DataOutputStream os) throws IOException {
        os.writeInt(copies.names().size());
        copies.save(os);
    }

    public void load(DataInputStream is, NDManager manager, AdapterHost host)
            throws IOException, MalformedModelException {
        copies.load(is, manager, AdapterStream.count(is, host), this::add);
    }
}
