/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.block.copy;

import ai.djl.Device;
import ai.djl.MalformedModelException;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.nn.Block;
import ai.djl.nn.Parameter;
import ai.djl.training.ParameterStore;
import ai.djl.util.PairList;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.util.Collections;
import java.util.IdentityHashMap;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.function.BiFunction;
import org.jspecify.annotations.Nullable;
import org.lora4j.block.LoraContext;
import org.lora4j.block.kernels.LoraKernels;
import org.lora4j.block.pass.SelectedAdapters;
import org.lora4j.block.weight.BlockWeights;
import org.lora4j.block.weight.LoadedLinear;
import org.lora4j.block.weight.LookupTable;

/**
 * A module that trains and is saved whole, once for each adapter: PEFT's modules_to_save.
 *
 * <p>The original stays as it is. Each adapter has copies of its parameters, and a forward pass
 * with that adapter active runs the original block on the copies. At most one of the active
 * adapters may have copies of this module.
 *
 * <p>Where it cannot take the original's place, such as in a field of a class that it does not
 * extend, a {@link org.lora4j.block.layer.SubstitutionFrame} around the original gives it the
 * copies.
 */
public final class SavedModule extends BlockOnCopies {
    private final boolean inPlace;

    /**
     * Wraps a block whose parameters are initialised; they are frozen, not copied.
     *
     * @param path the block's module path
     * @param base the block
     * @param context what the blocks of the tree share
     */
    public SavedModule(String path, Block base, LoraContext context) {
        this(path, base, context, false);
    }

    private SavedModule(String path, Block base, LoraContext context, boolean inPlace) {
        super(path, base, context);
        this.inPlace = inPlace;
    }

    /**
     * Stands for a block that stays where it is, and which others read from a store.
     *
     * @param path the block's module path
     * @param base the block
     * @param context what the blocks of the tree share
     */
    public static SavedModule substituted(String path, Block base, LoraContext context) {
        return new SavedModule(path, base, context, true);
    }

    /** Returns whether the original stays where it is. */
    public boolean isSubstituted() {
        return inPlace;
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
        Map<String, Parameter> originals = new LinkedHashMap<>();
        Set<Parameter> seen = Collections.newSetFromMap(new IdentityHashMap<>());
        for (Map.Entry<String, Parameter> entry : BlockWeights.all(base()).entrySet()) {
            if (!seen.add(entry.getValue())) {
                continue; // a block that sits in several places has one copy
            }
            String suffix = suffixes.apply(entry.getKey(), entry.getValue());
            if (originals.put(suffix, entry.getValue()) != null) {
                throw new IllegalArgumentException(
                        path() + ": two parameters have the suffix \"" + suffix + "\"");
            }
        }
        copied().copies.add(name, originals);
    }

    /**
     * Puts the copies of another module in the place of an adapter's own, so that both train as
     * one.
     *
     * @param name an adapter that both modules carry
     * @param other a module with parameters of the same shapes, by the same suffixes
     * @throws IllegalArgumentException if it has others
     */
    public void tie(String name, SavedModule other) {
        Map<String, Parameter> originals = new LinkedHashMap<>();
        ParameterCopies copies = copied().copies;
        Map<String, Parameter> direct = BlockWeights.direct(base());
        copies.tensors(name)
                .keySet()
                .forEach(
                        suffix -> {
                            Parameter original = direct.get(suffix);
                            if (original != null) {
                                originals.put(suffix, original);
                            }
                        });
        copies.remove(name);
        copies.addTied(name, originals, other.copied().copies);
    }

    /**
     * Says that a pass uses the module where its copies are used by no pass of its own, such as
     * those of a part of a script.
     *
     * @param training whether the pass trains
     */
    public void call(boolean training) {
        copied().mark.call(training);
    }

    @Override
    public void setTrainable(String adapter, boolean trainable) {
        copied().copies.setTrainable(adapter, trainable);
    }

    /**
     * Returns the copy that stands for a parameter in a pass.
     *
     * @param original a parameter of the original
     * @param selected the adapters of the pass
     * @param store where the pass looks parameters up
     * @param device where the array is wanted
     * @param training whether gradients may be asked for
     * @return the copy, or null if no selected adapter has one
     */
    public @Nullable NDArray inPass(
            Parameter original,
            SelectedAdapters selected,
            ParameterStore store,
            Device device,
            boolean training) {
        copied().mark.call(training);
        ParameterCopies.OfAdapter own = copied().copies.active(selected);
        return own == null ? null : own.array(original, store, device, training);
    }

    @Override
    protected NDList forwardInternal(
            ParameterStore store,
            NDList inputs,
            boolean training,
            @Nullable PairList<String, Object> params) {
        copied().mark.call(training);
        return copied().run(
                        training,
                        inputs,
                        (own, part) ->
                                base().forward(
                                                own == null ? store : own.over(store),
                                                part,
                                                training,
                                                params));
    }

    /**
     * The block with the active adapter's copies: a new one for a table and a linear layer, which
     * other modules may share a tied array with; else the original, with the copies written into
     * its parameters.
     */
    @Override
    public Block merged() {
        ParameterCopies.OfAdapter own = copied().copies.active(context().active().defaults());
        LoraKernels kernels = context().kernels();
        if (inPlace) {
            return super.merged();
        }
        if (own != null && base() instanceof LookupTable table) {
            return table.onTable(own.merged(table.tableParameter(), kernels));
        }
        if (own != null && base() instanceof LoadedLinear linear) {
            Map<String, Parameter> weights = BlockWeights.direct(linear);
            Parameter bias = weights.get("bias");
            return linear.with(
                    own.merged(Objects.requireNonNull(weights.get("weight")), kernels),
                    bias == null ? null : own.merged(bias, kernels));
        }
        return super.merged();
    }

    @Override
    public void loadParameters(NDManager manager, DataInputStream is)
            throws IOException, MalformedModelException {
        int count = AdapterStream.begin(is, manager, this);
        copied().copies.load(is, manager, count, this::refuse);
    }

    /**
     * Writes the copies, without the original.
     *
     * @param os the stream
     */
    public void saveCopies(DataOutputStream os) throws IOException {
        os.writeInt(adapterNames().size());
        copied().copies.save(os);
    }

    /**
     * Reads what {@link #saveCopies} wrote.
     *
     * @param manager the manager of what is read meanwhile
     * @param is the stream
     */
    public void loadCopies(NDManager manager, DataInputStream is)
            throws IOException, MalformedModelException {
        copied().copies.load(is, manager, is.readInt(), this::refuse);
    }

    private void refuse(String adapter) throws MalformedModelException {
        throw new MalformedModelException(
                ("%s: the file has an adapter \"%s\" that this module does not carry; it has %s."
                                + " Add the adapter before loading")
                        .formatted(path(), adapter, adapterNames()));
    }
}
