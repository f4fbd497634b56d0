/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.djl;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.nn.Block;
import ai.djl.nn.Parameter;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import org.lora4j.block.AdaptedLayer;
import org.lora4j.block.AdapterHost;
import org.lora4j.block.BiasHost;
import org.lora4j.block.form.LoraAdapter;
import org.lora4j.core.Bias;
import org.lora4j.core.ModulePath;
import org.lora4j.torch.Torch;

/** Lists the adapter tensors of a tree by loralib's names, and writes them back. */
final class LoraState {
    private LoraState() {}

    static Map<String, Parameter> tensors(Block block, Bias bias) {
        Map<String, Parameter> tensors = new LinkedHashMap<>();
        List<AdapterHost> hosts = BlockTree.hosts(block);
        if (hosts.isEmpty() || hosts.get(0).context().active().getDefault().isEmpty()) {
            throw new IllegalStateException(
                    "the tree has no active adapter, so there is no state; call Lora.inject first,"
                            + " or activate an adapter");
        }
        for (AdapterHost host : hosts) {
            for (String adapter : host.context().active().getDefault().weights().keySet()) {
                for (Map.Entry<String, Parameter> entry : matrices(host, adapter).entrySet()) {
                    String name = ModulePath.join(host.path(), entry.getKey());
                    if (tensors.put(name, entry.getValue()) != null) {
                        throw new IllegalStateException(
                                ("several adapters are active on %s, and loralib's names hold"
                                                + " one; activate one of them first")
                                        .formatted(host.path()));
                    }
                }
            }
        }
        tensors.putAll(BiasCopies.effective(block, bias, active(hosts)));
        return tensors;
    }

    private static Set<String> active(List<AdapterHost> hosts) {
        return hosts.get(0).context().active().getDefault().weights().keySet();
    }

    /**
     * Returns an adapter's tensors on a host without the biases, which a mode selects. loralib's
     * names are lora_A and lora_B on every kind of layer; PEFT's differ.
     */
    private static Map<String, Parameter> matrices(AdapterHost host, String adapter) {
        Map<String, Parameter> tensors = new LinkedHashMap<>();
        if (host instanceof AdaptedLayer layer) {
            layer.adapter(adapter)
                    .ifPresent(
                            found -> {
                                requirePlain(layer, found);
                                tensors.put("lora_A", found.a());
                                tensors.put("lora_B", found.b());
                            });
            return tensors;
        }
        tensors.putAll(host.tensors(adapter));
        if (host instanceof BiasHost biased) {
            tensors.keySet().removeAll(biased.biases(adapter).keySet());
        }
        return tensors;
    }

    private static void requirePlain(AdaptedLayer layer, LoraAdapter adapter) {
        if (adapter.origin() != null) {
            throw new UnsupportedOperationException(
                    ("%s began with %s, of which loralib knows nothing; save it in PEFT's files as"
                         + " plain LoRA (Lora.saveAdapterAsLora, or lora4j convert), or merge it")
                            .formatted(layer.path(), adapter.spec().init()));
        }
        if (adapter.hasBias()) {
            throw new UnsupportedOperationException(
                    ("%s has a bias of B, of which loralib knows nothing; save it in PEFT's files"
                                    + " (Lora.saveAdapter)")
                            .formatted(layer.path()));
        }
        if (adapter.magnitude() != null) {
            throw new UnsupportedOperationException(
                    ("%s has DoRA, whose magnitudes loralib's names cannot hold; save it in PEFT's"
                                    + " files (Lora.saveAdapter), or merge it")
                            .formatted(layer.path()));
        }
    }

    static LoadReport load(Block block, NDList state, Bias bias) {
        Map<String, Parameter> expected = tensors(block, bias);
        Map<String, NDArray> given = new LinkedHashMap<>();
        for (NDArray array : state) {
            given.put(Objects.requireNonNullElse(array.getName(), "(no name)"), array);
        }
        List<String> misfits = new ArrayList<>();
        expected.forEach(
                (name, parameter) -> {
                    NDArray array = given.get(name);
                    if (array != null && !array.getShape().equals(parameter.getShape())) {
                        misfits.add(
                                "%s: expected %s, found %s"
                                        .formatted(name, parameter.getShape(), array.getShape()));
                    }
                });
        List<String> missing = new ArrayList<>(expected.keySet());
        missing.removeAll(given.keySet());
        List<String> unexpected = new ArrayList<>(given.keySet());
        unexpected.removeAll(expected.keySet());
        if (!misfits.isEmpty()) {
            throw new IllegalArgumentException(
                    "nothing was loaded: %s tensors do not fit this model or rank: %s%s%s"
                            .formatted(
                                    misfits.size(),
                                    String.join("; ", misfits),
                                    missing.isEmpty() ? "" : "; missing: " + missing,
                                    unexpected.isEmpty() ? "" : "; unexpected: " + unexpected));
        }
        List<AdapterHost> hosts = BlockTree.hosts(block);
        BiasCopies.add(block, bias, active(hosts), hosts.get(0).context());
        tensors(block, bias)
                .forEach(
                        (name, parameter) -> {
                            NDArray array = given.get(name);
                            if (array != null) {
                                Torch.copyInto(parameter.getArray(), array);
                            }
                        });
        // what was merged is no longer what the adapters are
        BlockTree.unmerge(BlockTree.hosts(block));
        return new LoadReport(missing, unexpected);
    }
}
