/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.block.layer;

import ai.djl.Device;
import ai.djl.MalformedModelException;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import ai.djl.nn.Block;
import ai.djl.nn.BlockList;
import ai.djl.nn.Parameter;
import ai.djl.nn.ParameterList;
import ai.djl.training.ParameterStore;
import ai.djl.training.initializer.Initializer;
import ai.djl.util.Pair;
import ai.djl.util.PairList;
import java.io.ByteArrayInputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.io.SequenceInputStream;
import java.util.ArrayList;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;
import org.lora4j.block.AdapterHost;
import org.lora4j.block.LayerPass;
import org.lora4j.block.LoraContext;
import org.lora4j.block.copy.SavedModule;
import org.lora4j.block.pass.SelectedAdapters;
import org.lora4j.block.weight.BlockWeights;
import org.lora4j.block.weight.SubstituteStore;

/**
 * A block around another, its base, in whose forward passes some weights are substituted: whatever
 * asks the parameter store for W0 below it gets the sum of a {@link SubstitutedWeight}, or the copy
 * of a {@link SavedModule}.
 *
 * <p>It answers as its base does, and lists the base's children and parameters as its own, followed
 * by those of the adapters. Module paths go through it without a segment of their own. Where a
 * model itself is framed, {@link #base} returns the model's original root. {@link #saveParameters}
 * writes the base and the adapters, and the base alone once there are none; {@link #loadParameters}
 * also reads what the base alone wrote.
 *
 * <p>Any number of threads may run it when training is false.
 */
public final class SubstitutionFrame implements Block {
    private static final byte MARKER = 'S';
    private static final byte VERSION = 1;

    private final LoraContext context;
    private final @Nullable EngineModule module;
    private volatile Block base;
    private volatile List<SubstitutedWeight> weights = List.of();
    private volatile List<SavedModule> copies = List.of();
    private volatile IdentityHashMap<Parameter, SubstitutedWeight> byParameter =
            new IdentityHashMap<>();
    private volatile IdentityHashMap<Parameter, SavedModule> copiedBy = new IdentityHashMap<>();

    /**
     * Stands around a block, and changes nothing yet.
     *
     * @param base the block
     * @param context what the blocks of the tree share
     */
    public SubstitutionFrame(Block base, LoraContext context) {
        this(base, context, null);
    }

    /**
     * Stands around a module of the engine, and changes nothing yet.
     *
     * @param base the block that is the module
     * @param context what the blocks of the tree share
     * @param module runs it with adapters; null for a block that asks the parameter store
     */
    public SubstitutionFrame(Block base, LoraContext context, @Nullable EngineModule module) {
        this.base = base;
        this.context = context;
        this.module = module;
    }

    /** Returns what the blocks of the tree share. */
    public LoraContext context() {
        return context;
    }

    /** Returns what runs a module of the engine with adapters, or null for any other block. */
    public @Nullable EngineModule module() {
        return module;
    }

    /** Returns the block that this one stands around. */
    public Block base() {
        return base;
    }

    /**
     * Stands around another block, which takes the base's place.
     *
     * @param replacement the block
     */
    public void setBase(Block replacement) {
        base = replacement;
    }

    /**
     * Returns the modules below the base that adapters train whole and that stay where they are.
     */
    public List<SavedModule> copies() {
        return copies;
    }

    /**
     * Sets the modules that adapters train whole and that stay where they are.
     *
     * @param modules stand for blocks below the base, or for parts of a module of the engine
     */
    public void setCopies(List<SavedModule> modules) {
        IdentityHashMap<Parameter, SavedModule> owners = new IdentityHashMap<>();
        for (SavedModule whole : modules) {
            BlockWeights.all(whole.base()).values().forEach(p -> owners.put(p, whole));
        }
        copies = List.copyOf(modules);
        copiedBy = owners;
    }

    /** Returns whether the frame changes nothing, so that its base could take its place. */
    public boolean isBare() {
        return weights.isEmpty() && copies.isEmpty();
    }

    /** Returns the weights that are substituted. */
    public List<SubstitutedWeight> weights() {
        return weights;
    }

    /**
     * Sets the weights that are substituted.
     *
     * @param substituted weights of the base or of blocks below it
     */
    public void setWeights(List<SubstitutedWeight> substituted) {
        weights = List.copyOf(substituted);
        byParameter = SubstitutedWeight.byParameter(substituted);
        if (module != null) {
            substituted.forEach(weight -> weight.onRemoval(module::release));
            module.release();
        }
    }

    @Override
    public NDList forward(
            ParameterStore store,
            NDList inputs,
            boolean training,
            @Nullable PairList<String, Object> params) {
        if (isBare()) {
            return base.forward(store, inputs, training, params);
        }
        if (module != null) {
            return inModule(module, store, inputs, training, params);
        }
        try (Pass pass = new Pass(store, inputs, training)) {
            return base.forward(pass.substitutes, inputs, training, params);
        }
    }

    @Override
    public NDList forward(
            ParameterStore store,
            NDList data,
            NDList labels,
            @Nullable PairList<String, Object> params) {
        if (isBare()) {
            return base.forward(store, data, labels, params);
        }
        if (module != null) {
            return inModule(module, store, data, true, params);
        }
        try (Pass pass = new Pass(store, data, true)) {
            return base.forward(pass.substitutes, data, labels, params);
        }
    }

    private NDList inModule(
            EngineModule engine,
            ParameterStore store,
            NDList inputs,
            boolean training,
            @Nullable PairList<String, Object> params) {
        try (LayerPass pass = context.active().layer()) {
            SelectedAdapters selected = pass.adapters();
            boolean carried = false;
            for (SubstitutedWeight weight : weights) {
                for (int i = 0; i < selected.size(); i++) {
                    if (weight.adapter(selected.version(i)) != null) {
                        weight.call(training);
                        carried = true;
                    }
                }
            }
            if (carried) {
                copies.forEach(part -> part.call(training));
            }
            return carried
                    ? engine.forward(selected, store, inputs, training)
                    : base.forward(store, inputs, training, params);
        }
    }

    /** One forward pass: what was substituted in it. */
    private final class Pass implements SubstitutedWeight.Substitutes, AutoCloseable {
        final ParameterStore substitutes;
        private final ParameterStore store;
        private final NDManager manager;
        private final boolean training;
        private final LayerPass adapters = context.active().layer();
        private final List<MergedWeight> held = new ArrayList<>();
        private final IdentityHashMap<Parameter, NDArray> made = new IdentityHashMap<>();

        Pass(ParameterStore store, NDList inputs, boolean training) {
            this.store = store;
            this.manager = inputs.isEmpty() ? store.getManager() : inputs.head().getManager();
            this.training = training;
            this.substitutes = new SubstituteStore(store, (p, device, trains) -> find(p, device));
        }

        private @Nullable NDArray find(Parameter parameter, Device device) {
            SubstitutedWeight weight = byParameter.get(parameter);
            if (weight == null) {
                SavedModule whole = copiedBy.get(parameter);
                return whole == null
                        ? null
                        : whole.inPass(parameter, adapters.adapters(), store, device, training);
            }
            NDArray known = made.get(parameter);
            if (known != null && known.getDevice().equals(device)) {
                return known;
            }
            SelectedAdapters selected = adapters.adapters();
            NDArray array = weight.inPass(selected, store, device, training, this);
            if (array != null) {
                made.put(parameter, array);
            }
            return array;
        }

        @Override
        public void release(MergedWeight weight) {
            held.add(weight);
        }

        @Override
        public NDManager manager() {
            return manager;
        }

        @Override
        public void close() {
            held.forEach(MergedWeight::release);
            adapters.close();
        }
    }

    @Override
    public void initialize(NDManager manager, DataType dataType, Shape... inputShapes) {
        if (module == null) {
            base.initialize(manager, dataType, inputShapes);
        }
        context.trained().restore();
    }

    @Override
    public BlockList getChildren() {
        BlockList children = new BlockList();
        base.getChildren().forEach(child -> children.add(child.getKey(), child.getValue()));
        weights.forEach(weight -> children.add(weight.path(), weight));
        if (module != null) {
            copies.forEach(part -> children.add(part.path(), part));
        }
        return children;
    }

    @Override
    public ParameterList getDirectParameters() {
        return base.getDirectParameters();
    }

    @Override
    public ParameterList getParameters() {
        ParameterList parameters = new ParameterList();
        base.getParameters().forEach(each -> parameters.add(each.getKey(), each.getValue()));
        for (SubstitutedWeight weight : weights) {
            for (Pair<String, Parameter> each : weight.getParameters()) {
                parameters.add(weight.path() + "_" + each.getKey(), each.getValue());
            }
        }
        for (SavedModule whole : copies) {
            for (Pair<String, Parameter> each : whole.getDirectParameters()) {
                parameters.add(whole.path() + "_" + each.getKey(), each.getValue());
            }
        }
        return parameters;
    }

    @Override
    public void saveParameters(DataOutputStream os) throws IOException {
        List<SubstitutedWeight> all = weights;
        if (!isBare()) {
            os.writeByte(MARKER);
            os.writeByte(VERSION);
            os.writeInt(all.size());
            for (SubstitutedWeight weight : all) {
                os.writeUTF(weight.path());
                weight.saveParameters(os);
            }
            os.writeInt(copies.size());
            for (SavedModule whole : copies) {
                os.writeUTF(whole.path());
                whole.saveCopies(os);
            }
        }
        base.saveParameters(os);
    }

    @Override
    public void loadParameters(NDManager manager, DataInputStream is)
            throws IOException, MalformedModelException {
        // DJL unfreezes what it loaded when a Trainer is made
        context.trained().keep();
        byte first = is.readByte();
        if (first == MARKER) {
            byte version = is.readByte();
            if (version != VERSION) {
                throw new MalformedModelException(
                        "substituted weights of version %s found, %s expected"
                                .formatted(version, VERSION));
            }
            loadWeights(manager, is);
            loadSaved(manager, is);
            loadBase(manager, is);
        } else {
            ByteArrayInputStream again = new ByteArrayInputStream(new byte[] {first});
            loadBase(manager, new DataInputStream(new SequenceInputStream(again, is)));
        }
    }

    private void loadWeights(NDManager manager, DataInputStream is)
            throws IOException, MalformedModelException {
        for (int left = is.readInt(); left > 0; left--) {
            String path = is.readUTF();
            find(weights, path).loadParameters(manager, is);
        }
    }

    private void loadSaved(NDManager manager, DataInputStream is)
            throws IOException, MalformedModelException {
        int count = is.readInt();
        for (int i = 0; i < count; i++) {
            String path = is.readUTF();
            find(copies, path).loadCopies(manager, is);
        }
    }

    private static <H extends AdapterHost> H find(List<H> hosts, String path)
            throws MalformedModelException {
        return hosts.stream()
                .filter(host -> host.path().equals(path))
                .findFirst()
                .orElseThrow(
                        () ->
                                new MalformedModelException(
                                        ("the file has adapters of %s, which this model does not"
                                             + " carry; it has %s. Add the adapter before loading")
                                                .formatted(
                                                        path,
                                                        hosts.stream()
                                                                .map(AdapterHost::path)
                                                                .toList())));
    }

    private void loadBase(NDManager manager, DataInputStream is)
            throws IOException, MalformedModelException {
        weights.forEach(SubstitutedWeight::unmerge);
        if (module != null && !weights.isEmpty()) {
            module.load(manager, is);
            return;
        }
        base.loadParameters(manager, is);
        for (Pair<String, Parameter> entry : base.getParameters()) {
            // the array is a new one and does not know whether it trains
            entry.getValue().freeze(!entry.getValue().requiresGradient());
        }
    }

    @Override
    public void setInitializer(Initializer initializer, Parameter.Type type) {
        base.setInitializer(initializer, type);
    }

    @Override
    public void setInitializer(Initializer initializer, String name) {
        base.setInitializer(initializer, name);
    }

    @Override
    public void setInitializer(Initializer initializer, Predicate<Parameter> predicate) {
        base.setInitializer(initializer, predicate);
    }

    @Override
    public boolean isInitialized() {
        // DJL says that a module of the engine is so only after a pass that trains
        return module != null || base.isInitialized();
    }

    @Override
    public void cast(DataType dataType) {
        base.cast(dataType);
    }

    @Override
    public void clear() {
        base.clear();
        weights.forEach(Block::clear);
        copies.forEach(Block::clear);
    }

    @Override
    public PairList<String, Shape> describeInput() {
        return base.describeInput();
    }

    @Override
    public Shape[] getOutputShapes(Shape[] inputShapes) {
        return base.getOutputShapes(inputShapes);
    }

    @Override
    public Shape[] getOutputShapes(Shape[] inputShapes, DataType[] dataTypes) {
        return base.getOutputShapes(inputShapes, dataTypes);
    }

    @Override
    public Shape[] getInputShapes() {
        return base.getInputShapes();
    }

    @Override
    public DataType[] getOutputDataTypes() {
        return base.getOutputDataTypes();
    }

    @Override
    public String toString() {
        return base.toString();
    }
}
