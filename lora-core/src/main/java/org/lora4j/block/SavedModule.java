/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.block;

import ai.djl.Device;
import ai.djl.MalformedModelException;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import ai.djl.nn.AbstractBlock;
import ai.djl.nn.Block;
import ai.djl.nn.Parameter;
import ai.djl.training.ParameterStore;
import ai.djl.util.Pair;
import ai.djl.util.PairList;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.util.Collections;
import java.util.IdentityHashMap;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;
import java.util.function.BiFunction;
import org.jspecify.annotations.Nullable;

/**
 * A module that trains and is saved whole, once for each adapter: PEFT's modules_to_save.
 *
 * <p>The original stays as it is. Each adapter has copies of its parameters, and a forward pass
 * with that adapter active runs the original block on the copies. At most one of the active
 * adapters may have copies of this module.
 *
 * <p>Safe to read from any thread when training is false.
 */
public final class SavedModule extends AbstractBlock implements AdapterHost {
    private final String path;
    private final Block base;
    private final LoraContext context;
    private final AdapterSlots<Map<String, Copy>> slots;

    /**
     * Wraps a block whose parameters are initialised; they are frozen, not copied.
     *
     * @param path the block's module path
     * @param base the block
     * @param context what the blocks of the tree share
     */
    @SuppressWarnings("this-escape")
    public SavedModule(String path, Block base, LoraContext context) {
        this.path = path;
        this.base = base;
        this.context = context;
        this.slots = new AdapterSlots<>(path);
        children.add("base", base);
        inputShapes = new Shape[0];
        base.freezeParameters(true);
    }

    @Override
    public String path() {
        return path;
    }

    @Override
    public Block base() {
        return base;
    }

    @Override
    public LoraContext context() {
        return context;
    }

    @Override
    public Set<String> adapterNames() {
        return slots.names();
    }

    /**
     * Adds an adapter's copies, equal to the original's parameters, which train.
     *
     * @param name a name that the module does not carry
     * @param suffixes gives, for each parameter and its path below the module as DJL joins it, the
     *     suffix under which PEFT saves it, such as {@code weight} or {@code dense.bias}
     * @throws IllegalArgumentException if the name is taken, or two parameters get the same suffix
     */
    public void addAdapter(String name, BiFunction<String, Parameter, String> suffixes) {
        slots.checkFree(name);
        Map<String, Copy> copies = new LinkedHashMap<>();
        Set<Parameter> seen = Collections.newSetFromMap(new IdentityHashMap<>());
        try {
            for (Map.Entry<String, Parameter> entry : BlockWeights.all(base).entrySet()) {
                Parameter original = entry.getValue();
                String suffix = suffixes.apply(entry.getKey(), original);
                if (!seen.add(original)) {
                    continue; // a block that sits in several places has one copy
                }
                Copy copy = Copy.of(original, entry.getKey() + "@" + name);
                Copy clash = copies.put(suffix, copy);
                if (clash != null) {
                    clash.close();
                    throw new IllegalArgumentException(
                            path + ": two parameters have the suffix \"" + suffix + "\"");
                }
            }
        } catch (RuntimeException e) {
            copies.values().forEach(Copy::close);
            throw e;
        }
        copies.values().forEach(copy -> parameters.put(copy.parameter.getName(), copy.parameter));
        slots.put(name, copies);
    }

    @Override
    public void removeAdapter(String name) {
        Map<String, Copy> copies = slots.remove(name);
        if (copies != null) {
            for (Copy copy : copies.values()) {
                parameters.remove(copy.parameter.getName());
                copy.close();
            }
        }
    }

    @Override
    public Map<String, Parameter> tensors(String adapter) {
        Map<String, Parameter> tensors = new LinkedHashMap<>();
        Map<String, Copy> copies = slots.get(adapter);
        if (copies != null) {
            copies.forEach((suffix, copy) -> tensors.put(suffix, copy.parameter));
        }
        return tensors;
    }

    @Override
    public void setTrainable(String adapter, boolean trainable) {
        tensors(adapter)
                .values()
                .forEach(parameter -> parameter.freeze(!trainable || isStatistic(parameter)));
    }

    @Override
    protected NDList forwardInternal(
            ParameterStore store,
            NDList inputs,
            boolean training,
            @Nullable PairList<String, Object> params) {
        Map<String, Copy> copies = active();
        if (copies == null) {
            return base.forward(store, inputs, training, params);
        }
        IdentityHashMap<Parameter, Copy> byOriginal = new IdentityHashMap<>();
        copies.values().forEach(copy -> byOriginal.put(copy.original, copy));
        SubstituteStore own =
                new SubstituteStore(
                        store,
                        (parameter, device, trains) -> {
                            Copy copy = byOriginal.get(parameter);
                            return copy == null ? null : copy.array(store, device, trains);
                        });
        return base.forward(own, inputs, training, params);
    }

    /** The original block, with the active adapter's copies written into its parameters. */
    @Override
    public Block merged() {
        Map<String, Copy> copies = active();
        if (copies != null) {
            for (Copy copy : copies.values()) {
                context.kernels()
                        .copyInto(copy.original.getArray(), copy.parameter.getArray());
            }
        }
        return base;
    }

    private @Nullable Map<String, Copy> active() {
        Map<String, Copy> found = null;
        for (String name : context.active().current().weights().keySet()) {
            Map<String, Copy> copies = slots.get(name);
            if (copies != null && found != null) {
                throw new IllegalStateException(
                        path
                                + ": several active adapters "
                                + context.active().current().weights().keySet()
                                + " have their own copy of this module; expected one");
            }
            found = copies == null ? found : copies;
        }
        return found;
    }

    /** Statistics that a forward pass updates, not parameters that a gradient does. */
    private static boolean isStatistic(Parameter parameter) {
        return parameter.getType() == Parameter.Type.RUNNING_MEAN
                || parameter.getType() == Parameter.Type.RUNNING_VAR;
    }

    @Override
    public Shape[] getOutputShapes(Shape[] inputs) {
        return base.getOutputShapes(inputs);
    }

    @Override
    public void initialize(NDManager manager, DataType dataType, Shape... inputShapes) {
        // the base and the copies have their arrays
    }

    @Override
    public void saveParameters(DataOutputStream os) throws IOException {
        AdapterStream.begin(os, base, slots.names().size());
        for (String name : slots.names()) {
            Map<String, Copy> copies = slots.require(name);
            os.writeUTF(name);
            os.writeInt(copies.size());
            for (Map.Entry<String, Copy> entry : copies.entrySet()) {
                os.writeUTF(entry.getKey());
                entry.getValue().parameter.save(os);
            }
        }
    }

    @Override
    public void loadParameters(NDManager manager, DataInputStream is)
            throws IOException, MalformedModelException {
        int count = AdapterStream.begin(is, manager, this);
        for (int i = 0; i < count; i++) {
            String name = is.readUTF();
            if (slots.get(name) == null) {
                throw new MalformedModelException(
                        path
                                + ": the file has an adapter \""
                                + name
                                + "\" that this module does not carry; it has "
                                + slots.names()
                                + ". Add the adapter before loading");
            }
            load(slots.require(name), manager, is);
        }
    }

    private void load(Map<String, Copy> copies, NDManager manager, DataInputStream is)
            throws IOException, MalformedModelException {
        int count = is.readInt();
        if (count != copies.size()) {
            throw new MalformedModelException(
                    path + ": " + count + " tensors found, " + copies.size() + " expected");
        }
        try (NDManager scope = manager.newSubManager()) {
            Map<Parameter, NDArray> read = new LinkedHashMap<>();
            for (Map.Entry<String, Copy> entry : copies.entrySet()) {
                String suffix = is.readUTF();
                Parameter parameter = entry.getValue().parameter;
                NDArray own = parameter.getArray();
                if (!suffix.equals(entry.getKey())) {
                    throw new MalformedModelException(
                            path + ": " + suffix + " found, " + entry.getKey() + " expected");
                }
                read.put(
                        parameter,
                        AdapterStream.read(
                                is,
                                scope,
                                parameter.getName(),
                                own.getShape(),
                                own.getDataType(),
                                path));
            }
            read.forEach((parameter, array) -> AdapterStream.copy(array, parameter));
        }
    }

    /** A parameter of the original and an adapter's copy of it. */
    private static final class Copy {
        final Parameter original;
        final Parameter parameter;
        final DetachedView view;

        private Copy(Parameter original, Parameter parameter) {
            this.original = original;
            this.parameter = parameter;
            this.view = new DetachedView(parameter);
        }

        static Copy of(Parameter original, String name) {
            Parameter copy = Parameter.builder().setName(name).setType(original.getType()).build();
            ArrayNames.setUnnamed(copy, ownPrecision(original.getArray()));
            copy.freeze(isStatistic(original));
            return new Copy(original, copy);
        }

        /** What trains is float32 where the base has 16 bits: updates would be lost in them. */
        private static NDArray ownPrecision(NDArray original) {
            return BlockWeights.isKnown(original) && original.getDataType() != DataType.FLOAT16
                    ? original.duplicate()
                    : original.toType(DataType.FLOAT32, true);
        }

        NDArray array(ParameterStore store, Device device, boolean training) {
            return training || !parameter.getArray().getDevice().equals(device)
                    ? store.getValue(parameter, device, training)
                    : view.get();
        }

        void close() {
            view.close();
            parameter.close();
        }
    }
}
