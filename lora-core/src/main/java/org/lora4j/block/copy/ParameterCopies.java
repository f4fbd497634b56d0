/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.block.copy;

import ai.djl.Device;
import ai.djl.MalformedModelException;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import ai.djl.nn.Parameter;
import ai.djl.training.ParameterStore;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.util.Collections;
import java.util.IdentityHashMap;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;
import org.lora4j.block.kernels.LoraKernels;
import org.lora4j.block.pass.AdapterNames;
import org.lora4j.block.pass.AdapterSlots;
import org.lora4j.block.pass.SelectedAdapters;
import org.lora4j.block.weight.BlockWeights;
import org.lora4j.block.weight.DetachedView;
import org.lora4j.block.weight.ListedParameters;
import org.lora4j.block.weight.PackedWeight;
import org.lora4j.block.weight.SubstituteStore;

/**
 * Copies of a base's parameters, one set for each adapter, that train while the base stays as it
 * is. Readers on other threads see a set completely or not at all.
 */
final class ParameterCopies {
    private final String path;
    private final ListedParameters listed;
    private final AdapterSlots<OfAdapter> slots;

    /**
     * Creates an empty set of copies.
     *
     * @param path the host's module path
     * @param names the tree's adapters
     * @param parameters the host's own parameters, where copies are listed for DJL
     */
    ParameterCopies(String path, AdapterNames names, Map<String, Parameter> parameters) {
        this.path = path;
        this.listed = new ListedParameters(parameters);
        this.slots = new AdapterSlots<>(path, names);
    }

    boolean has(String adapter) {
        return slots.get(adapter) != null;
    }

    boolean isEmpty() {
        return slots.isEmpty();
    }

    Set<String> names() {
        return slots.names();
    }

    /** Copies parameters, by the suffix under which PEFT saves them. */
    void add(String adapter, Map<String, Parameter> originals) {
        slots.checkFree(adapter);
        originals.values().forEach(this::requireTrainable);
        String name = AdapterNames.nameOf(adapter);
        Map<String, Copy> copies = new LinkedHashMap<>();
        try {
            originals.forEach(
                    (suffix, original) ->
                            copies.put(suffix, Copy.of(original, suffix + "@" + name)));
        } catch (RuntimeException | OutOfMemoryError e) {
            copies.values().forEach(Copy::close);
            throw e;
        }
        copies.values().forEach(copy -> listed.add(copy.parameter));
        slots.put(adapter, new OfAdapter(copies));
    }

    /** Gives an adapter the copies that it has of other parameters, by the same suffixes. */
    void addTied(String adapter, Map<String, Parameter> originals, ParameterCopies others) {
        slots.checkFree(adapter);
        Map<String, Copy> found = others.slots.require(adapter).bySuffix;
        Map<String, Copy> copies = new LinkedHashMap<>();
        originals.forEach(
                (suffix, original) -> {
                    Copy shared = found.get(suffix);
                    Shape shape = original.getArray().getShape();
                    if (shared == null || !shared.parameter.getArray().getShape().equals(shape)) {
                        throw new IllegalArgumentException(
                                "%s: there is no copy of %s that it could be tied to"
                                        .formatted(path, suffix));
                    }
                    copies.put(suffix, new Copy(original, shared.parameter, shared.users));
                });
        copies.values().forEach(copy -> listed.add(copy.parameter));
        slots.put(adapter, new OfAdapter(copies));
    }

    private void requireTrainable(Parameter original) {
        if (original.getArray() instanceof PackedWeight packed) {
            throw new IllegalArgumentException(
                    ("%s is to train whole, and its weight is in %s; expected a module in full"
                                    + " precision. Load the base with the module left out of the"
                                    + " quantisation (Quantization.withSkipped)")
                            .formatted(path, packed.format()));
        }
    }

    void remove(String adapter) {
        OfAdapter removed = slots.remove(adapter);
        if (removed != null) {
            for (Copy copy : removed.bySuffix.values()) {
                listed.remove(copy.parameter);
                copy.close();
            }
        }
    }

    Map<String, Parameter> tensors(String adapter) {
        Map<String, Parameter> tensors = new LinkedHashMap<>();
        OfAdapter found = slots.get(adapter);
        if (found != null) {
            found.bySuffix.forEach((suffix, copy) -> tensors.put(suffix, copy.parameter));
        }
        return tensors;
    }

    /** Returns whether an adapter has its own copy of a parameter. */
    boolean replaces(Parameter original) {
        return slots.values().stream().anyMatch(own -> own.byOriginal.containsKey(original));
    }

    void setTrainable(String adapter, boolean trainable) {
        for (Parameter parameter : tensors(adapter).values()) {
            parameter.freeze(!trainable || BlockWeights.isStatistic(parameter));
        }
    }

    /** Returns the copies of the one selected adapter that has any, or null. */
    @Nullable OfAdapter active(SelectedAdapters selected) {
        OfAdapter found = null;
        for (int i = 0; i < selected.size(); i++) {
            OfAdapter copies = slots.get(selected.version(i));
            if (copies != null && found != null) {
                throw new IllegalStateException(
                        ("%s: several active adapters %s have their own copy of this module's"
                                        + " parameters; expected one")
                                .formatted(path, selected.selection().keySet()));
            }
            found = copies == null ? found : copies;
        }
        return found;
    }

    void save(DataOutputStream os) throws IOException {
        for (String name : slots.names()) {
            Map<String, Copy> copies = slots.require(name).bySuffix;
            os.writeUTF(name);
            os.writeInt(copies.size());
            for (Map.Entry<String, Copy> entry : copies.entrySet()) {
                os.writeUTF(entry.getKey());
                entry.getValue().parameter.save(os);
            }
        }
    }

    /**
     * Reads what {@link #save} wrote.
     *
     * @param missing makes copies for an adapter that has none here
     */
    void load(DataInputStream is, NDManager manager, int adapters, Missing missing)
            throws IOException, MalformedModelException {
        for (int i = 0; i < adapters; i++) {
            String name = is.readUTF();
            if (slots.get(name) == null) {
                missing.add(name);
            }
            load(slots.require(name).bySuffix, manager, is);
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

    /** Makes copies for an adapter of a file. */
    interface Missing {
        void add(String adapter) throws MalformedModelException;
    }

    /** The copies of one adapter. */
    static final class OfAdapter {
        private final Map<String, Copy> bySuffix;
        private final IdentityHashMap<Parameter, Copy> byOriginal = new IdentityHashMap<>();

        private OfAdapter(Map<String, Copy> copies) {
            this.bySuffix = Collections.unmodifiableMap(copies);
            copies.values().forEach(copy -> byOriginal.put(copy.original, copy));
        }

        /** Returns the array that replaces a parameter in a forward pass, or null. */
        @Nullable NDArray array(
                Parameter original, ParameterStore store, Device device, boolean training) {
            Copy copy = byOriginal.get(original);
            return copy == null ? null : copy.view.value(store, device, training);
        }

        /** Returns a store that gives the copies in the place of the originals. */
        ParameterStore over(ParameterStore store) {
            return new SubstituteStore(
                    store, (parameter, device, trains) -> array(parameter, store, device, trains));
        }

        /**
         * Returns a store that gives the copies in the place of the originals, with gradients if
         * training, even where the base runs as in inference.
         */
        ParameterStore over(ParameterStore store, boolean training) {
            return new SubstituteStore(
                    store,
                    (parameter, device, trains) -> array(parameter, store, device, training));
        }

        /** Returns a new array of a parameter's precision with the numbers of its copy. */
        NDArray merged(Parameter original, LoraKernels kernels) {
            NDArray array = original.getArray().duplicate();
            Copy copy = byOriginal.get(original);
            if (copy != null) {
                kernels.copyInto(array, copy.parameter.getArray());
            }
            return array;
        }

        /** Writes the copies into the originals. */
        void write(LoraKernels kernels) {
            for (Copy copy : bySuffix.values()) {
                kernels.copyInto(copy.original.getArray(), copy.parameter.getArray());
            }
        }
    }

    /** A parameter of the original and an adapter's copy of it. */
    private static final class Copy {
        final Parameter original;
        final Parameter parameter;
        final DetachedView view;
        private final AtomicInteger users;

        private Copy(Parameter original, Parameter parameter, AtomicInteger users) {
            this.original = original;
            this.parameter = parameter;
            this.users = users;
            users.incrementAndGet();
            this.view = new DetachedView(parameter);
        }

        static Copy of(Parameter original, String name) {
            NDArray array = ownPrecision(original.getArray());
            boolean trains = !BlockWeights.isStatistic(original);
            return new Copy(
                    original,
                    BlockWeights.parameter(name, original.getType(), array, trains),
                    new AtomicInteger());
        }

        /**
         * Returns a copy to train: in float32 if the base has 16 bits, in which updates would be
         * lost.
         */
        private static NDArray ownPrecision(NDArray original) {
            return BlockWeights.isKnown(original) && original.getDataType() != DataType.FLOAT16
                    ? original.duplicate()
                    : original.toType(DataType.FLOAT32, true);
        }

        void close() {
            view.close();
            if (users.decrementAndGet() == 0) {
                parameter.close();
            }
        }
    }
}
