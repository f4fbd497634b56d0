/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.djl.script;

import ai.djl.MalformedModelException;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.nn.Block;
import ai.djl.nn.Parameter;
import ai.djl.training.ParameterStore;
import ai.djl.util.Pair;
import java.io.DataInputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.lora4j.block.LoraContext;
import org.lora4j.block.copy.SavedModule;
import org.lora4j.block.form.LoraAdapter;
import org.lora4j.block.layer.EngineModule;
import org.lora4j.block.layer.SubstitutedWeight;
import org.lora4j.block.pass.SelectedAdapters;
import org.lora4j.safetensors.TensorData;
import org.lora4j.torch.TorchModule;
import org.lora4j.torchfile.LazyTensor;
import org.lora4j.torchscript.AdapterValues;
import org.lora4j.torchscript.ScriptAdapter;
import org.lora4j.torchscript.ScriptArchive;
import org.lora4j.torchscript.ScriptMerge;
import org.lora4j.torchscript.ScriptRewriter;

/**
 * A TorchScript module with adapters. Each adapter has a module of its own, whose code was
 * rewritten to compute the adapter's terms. It reads the base's weights in the base's memory, and
 * its A and B are the adapter's arrays.
 *
 * <p>A pass uses one adapter, with weight 1. Any number of threads may run passes; a pass that
 * trains and one that does not take turns, since the module has one mode for all.
 */
public final class AdaptedScript implements EngineModule {
    private final ScriptSites known;
    private final Block base;
    private final ScriptSource source;
    private final LoraContext context;
    private final Map<SubstitutedWeight, ScriptSite> sites = new LinkedHashMap<>();
    private final Set<SavedModule> copies = new LinkedHashSet<>();
    private volatile List<ScriptWithAdapter> loaded = List.of();

    AdaptedScript(ScriptSites known, ScriptSource source, LoraContext context) {
        this.known = known;
        this.base = known.block();
        this.source = source;
        this.context = context;
    }

    /** Returns what the script consists of. */
    public ScriptSites sites() {
        return known;
    }

    /**
     * Adds a weight that adapters change.
     *
     * @param path what adapters call it
     * @param site where it is in the script
     * @return the weight
     */
    public synchronized SubstitutedWeight add(String path, ScriptSite site) {
        SubstitutedWeight weight =
                new SubstitutedWeight(
                        path,
                        base,
                        site.kind(),
                        site.weight(),
                        site.layout(),
                        site.dropsInput(),
                        context);
        sites.put(weight, site);
        return weight;
    }

    /**
     * Adds a part that adapters train whole.
     *
     * @param part its base is a {@link ScriptPart} of this script
     * @return the part
     */
    public synchronized SavedModule add(SavedModule part) {
        copies.add(part);
        return part;
    }

    /**
     * Makes the module of an adapter that the weights carry, and lets its A and B be those of the
     * module.
     *
     * @param key the adapter's name, or the key of one that is not published
     * @throws IllegalArgumentException if the script cannot be rewritten; the message says why
     * @throws UncheckedIOException if a temporary file cannot be written
     */
    public synchronized void install(String key) {
        Map<SubstitutedWeight, LoraAdapter> carriers = new LinkedHashMap<>();
        for (SubstitutedWeight weight : sites.keySet()) {
            weight.adapter(key).ifPresent(adapter -> carriers.put(weight, adapter));
        }
        if (carriers.isEmpty()) {
            return;
        }
        try {
            List<ScriptWithAdapter> next = new ArrayList<>(loaded);
            next.add(load(carriers, ownTensors(key)));
            loaded = List.copyOf(next);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } finally {
            source.close();
        }
    }

    /** Returns an adapter's copies of the script's parameters, by their paths in the script. */
    private Map<String, Parameter> ownTensors(String adapter) {
        Map<String, Parameter> own = new LinkedHashMap<>();
        for (SavedModule module : copies) {
            if (module.base() instanceof ScriptPart part) {
                module.tensors(adapter)
                        .forEach((suffix, copy) -> own.put(part.pathInScript(suffix), copy));
            }
        }
        return own;
    }

    private ScriptWithAdapter load(
            Map<SubstitutedWeight, LoraAdapter> carriers, Map<String, Parameter> own)
            throws IOException {
        ScriptArchive archive = source.archive();
        ScriptRewriter rewriter = new ScriptRewriter(archive);
        carriers.forEach(
                (weight, adapter) ->
                        rewriter.add(
                                site(weight)
                                        .target(
                                                adapter.spec().rank(),
                                                adapter.spec().scaling(),
                                                adapter.spec().dropout())));
        // the module reads the base's memory, so its file needs none of the base's numbers
        Set<String> shared = new LinkedHashSet<>(base.getParameters().keys());
        shared.removeAll(own.keySet());
        rewriter.optHollow(shared);
        Path file = ScriptSource.temporary();
        try {
            List<ScriptAdapter> adapters = rewriter.write(file, AdapterValues.ZEROS);
            TorchModule module = TorchModule.load(file, TorchModule.managerOf(base));
            try {
                return new ScriptWithAdapter(base, module, carriers, adapters, own);
            } catch (RuntimeException | Error e) {
                module.close();
                throw e;
            }
        } finally {
            ScriptSource.delete(file);
        }
    }

    private ScriptSite site(SubstitutedWeight weight) {
        ScriptSite site = sites.get(weight);
        if (site == null) {
            throw new IllegalStateException(weight.path() + " is no weight of this script");
        }
        return site;
    }

    @Override
    public NDList forward(
            SelectedAdapters selected, ParameterStore store, NDList inputs, boolean training) {
        ScriptWithAdapter one = null;
        for (int i = 0; i < selected.size(); i++) {
            ScriptWithAdapter found = find(selected, i);
            if (found == null) {
                continue;
            }
            if (one != null || selected.weight(i) != 1) {
                throw new IllegalStateException(
                        ("a TorchScript module runs one adapter at a time, with weight 1; the"
                                        + " active adapters and their weights are %s. Combine them"
                                        + " into one with Lora.addWeightedAdapter")
                                .formatted(selected.selection()));
            }
            one = found;
        }
        if (one == null) {
            throw new IllegalStateException(
                    "the adapters %s have weights here and no module; this is a fault of lora4j"
                            .formatted(selected.selection().keySet()));
        }
        return one.forward(store, inputs, training);
    }

    private @Nullable ScriptWithAdapter find(SelectedAdapters selected, int index) {
        for (ScriptWithAdapter each : loaded) {
            if (each.isOf(selected.version(index))) {
                return each;
            }
        }
        return null;
    }

    @Override
    public synchronized void release() {
        List<ScriptWithAdapter> gone = new ArrayList<>(loaded);
        gone.removeIf(ScriptWithAdapter::isCarried);
        if (gone.isEmpty()) {
            return;
        }
        List<ScriptWithAdapter> kept = new ArrayList<>(loaded);
        kept.removeAll(gone);
        loaded = List.copyOf(kept);
        gone.forEach(ScriptWithAdapter::close);
    }

    /**
     * Makes the module in whose weights adapters are merged.
     *
     * @param weights the adapters, by name, and the weight of each
     * @return a block that is a TorchScript module in the original's code
     * @throws UncheckedIOException if a temporary file cannot be written
     */
    public synchronized Block merged(Map<String, Double> weights) {
        try {
            ScriptMerge merge = new ScriptMerge(source.archive());
            sites.forEach(
                    (weight, site) ->
                            weights.forEach(
                                    (name, factor) ->
                                            weight.adapter(name)
                                                    .ifPresent(
                                                            adapter ->
                                                                    add(
                                                                            merge, site, adapter,
                                                                            factor))));
            Path file = ScriptSource.temporary();
            try {
                merge.write(file);
                Block block = TorchModule.loadAsBlock(file, TorchModule.managerOf(base));
                weights.keySet().forEach(name -> putCopies(block, ownTensors(name)));
                return block;
            } finally {
                ScriptSource.delete(file);
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } finally {
            source.close();
        }
    }

    /** Gives parameters an adapter's values, in memory that nothing tied to them reads. */
    private static void putCopies(Block block, Map<String, Parameter> copies) {
        for (Pair<String, Parameter> each : block.getParameters()) {
            Parameter copy = copies.get(each.getKey());
            if (copy != null) {
                NDArray array = each.getValue().getArray();
                try (NDArray value = copy.getArray().toType(array.getDataType(), true)) {
                    TorchModule.share(array, value);
                }
            }
        }
    }

    private static void add(
            ScriptMerge merge, ScriptSite site, LoraAdapter adapter, double factor) {
        merge.add(
                site.target(adapter.spec().rank(), adapter.spec().scaling() * factor, 0),
                lazy(adapter.a().getArray()),
                lazy(adapter.b().getArray()));
    }

    private static LazyTensor lazy(NDArray array) {
        return new LazyTensor(TensorData.dtypeOf(array), array.getShape(), TensorData.of(array));
    }

    @Override
    public void load(NDManager manager, DataInputStream is)
            throws IOException, MalformedModelException {
        is.readByte(); // the version that DJL writes before a module
        long size = is.readLong();
        Path file = ScriptSource.temporary();
        try {
            try (OutputStream out = Files.newOutputStream(file)) {
                copy(is, out, size);
            }
            try (TorchModule read = TorchModule.load(file, TorchModule.managerOf(base))) {
                requireSame(read.parameters());
            }
        } finally {
            ScriptSource.delete(file);
        }
    }

    private static void copy(DataInputStream is, OutputStream out, long size) throws IOException {
        byte[] block = new byte[1 << 16];
        for (long left = size; left > 0; ) {
            int count = is.read(block, 0, (int) Math.min(left, block.length));
            if (count < 0) {
                throw new EOFException(
                        "the TorchScript module ends %,d bytes before its length of %,d"
                                .formatted(left, size));
            }
            out.write(block, 0, count);
            left -= count;
        }
    }

    /** The base is frozen, and adapters' modules read its memory, so it is not exchanged. */
    private void requireSame(Map<String, NDArray> read) throws MalformedModelException {
        for (Pair<String, Parameter> own : base.getParameters()) {
            NDArray other = read.get(own.getKey());
            NDArray array = own.getValue().getArray();
            if (other == null
                    || !other.getShape().equals(array.getShape())
                    || other.getDataType() != array.getDataType()
                    || !other.contentEquals(array)) {
                throw new MalformedModelException(
                        ("the file has another TorchScript module than the one that is adapted: %s"
                                        + " differs. Load it before Lora.inject")
                                .formatted(own.getKey()));
            }
        }
    }
}
