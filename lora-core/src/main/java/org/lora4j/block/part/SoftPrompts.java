/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.block.part;

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
import ai.djl.util.PairList;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.lora4j.block.LayerPass;
import org.lora4j.block.LoraContext;
import org.lora4j.block.copy.AdapterStream;
import org.lora4j.block.copy.BaseInputs;
import org.lora4j.block.kernels.LoraKernels;
import org.lora4j.block.pass.AdapterVersion;
import org.lora4j.block.pass.SelectedAdapters;
import org.lora4j.core.SoftPromptConfig;

/**
 * A frozen word table beside soft prompts: the ids -1, -2, .., -P are virtual tokens, and have the
 * vectors of the active adapter's prompt; other ids have those of the table.
 *
 * <p>Shapes: ids [..]; the prompt [P, H], float32; y [.., H] in the table's type. A model whose
 * word vectors are multiplied by a number gets the prompt divided by it, since PEFT puts prompts
 * behind that product. The model's root puts the virtual tokens before each text, so that
 * positions, attention and what a generation remembers are those of a text that begins with them.
 *
 * <p>Of P-tuning the prompt is what a small network gives, three linear layers or an LSTM and two;
 * files hold the vectors alone. At most one of the active adapters may have a prompt, with weight
 * 1, and all texts of a batch the same. Threads: as {@link org.lora4j.block.layer.LoraLinear}.
 *
 * <p>Follows PEFT's tuners/prompt_tuning/model.py and tuners/p_tuning/model.py.
 */
public final class SoftPrompts extends AbstractBlock implements PartHost {
    private final Parts<PromptPart> parts;
    private final Parameter table;
    private final double scale;

    /**
     * Wraps a word table, which is frozen.
     *
     * @param path its module path
     * @param base the table
     * @param scale what the model multiplies its vectors by
     * @param context what the blocks of the tree share
     * @throws IllegalArgumentException if the block is no table
     */
    @SuppressWarnings("this-escape")
    public SoftPrompts(String path, Block base, double scale, LoraContext context) {
        Parameter rows = TrainedTokens.rowsOf(base);
        if (rows == null) {
            throw new IllegalArgumentException(path + " is no word table");
        }
        this.table = rows;
        this.scale = scale;
        this.parts = new Parts<>(path, base, context, parameters, children);
        inputShapes = BaseInputs.shapes(base);
        inputNames = BaseInputs.names(base);
    }

    /**
     * Returns the shapes of the tensors of a file, by PEFT's names, which are below no module.
     *
     * @param rows the word table's weight
     * @param config the prompt
     */
    public static Map<String, Shape> tensorShapes(Parameter rows, SoftPromptConfig config) {
        long width = rows.getArray().getShape().get(1);
        return Map.of(PromptPart.SUFFIX, new Shape(config.virtualTokens(), width));
    }

    /**
     * Returns the shapes of what a new prompt trains, by PEFT's names: of P-tuning the network.
     *
     * @param rows the word table's weight
     * @param config the prompt
     */
    public static Map<String, Shape> trainedShapes(Parameter rows, SoftPromptConfig config) {
        return PromptPart.trainedShapes(config, rows.getArray().getShape().get(1));
    }

    /**
     * Adds an adapter's prompt.
     *
     * @param name a name that the table does not carry
     * @param config the prompt
     * @param drawn whether it is a new one, which trains; else vectors of zeros, for those of a
     *     file
     * @throws IllegalArgumentException if the name is taken
     */
    public void addAdapter(String name, SoftPromptConfig config, boolean drawn) {
        parts.checkFree(name);
        NDArray words = table.getArray();
        PromptPart part =
                drawn
                        ? PromptPart.drawn(name, config, words, scale, parts.context().kernels())
                        : PromptPart.empty(
                                name, config, words.getManager(), words.getShape().get(1));
        parts.add(name, part);
        AdapterVersion version = parts.context().active().names().find(name);
        if (version != null) {
            version.setVirtualTokens(part.count);
        }
    }

    @Override
    public Parts<PromptPart> parts() {
        return parts;
    }

    @Override
    public String peftType() {
        return parts.values().stream().findAny().map(part -> part.peftType).orElse("PROMPT_TUNING");
    }

    @Override
    public String kind() {
        return "soft prompt";
    }

    @Override
    public String fileName(String suffix) {
        return suffix;
    }

    @Override
    public Map<String, NDArray> exported(NDManager manager, String adapter) {
        Map<String, NDArray> arrays = new LinkedHashMap<>();
        PromptPart part = parts.get(adapter);
        if (part != null) {
            NDArray vectors = part.vectors(parts.context().kernels());
            vectors.attach(manager);
            arrays.put(PromptPart.SUFFIX, vectors);
        }
        return arrays;
    }

    @Override
    public void setTrainable(String adapter, boolean trainable) {
        PromptPart part = parts.get(adapter);
        if (trainable && part != null && part.isFixed()) {
            throw new IllegalStateException(
                    ("adapter \"%s\" is of P-tuning, of which files hold what its network gave, and"
                                    + " not the network: it cannot be trained further. Train a new"
                                    + " one")
                            .formatted(adapter));
        }
        PartHost.super.setTrainable(adapter, trainable);
    }

    @Override
    public void requireMergeable() {
        if (parts.only(parts.context().active().defaults()) != null) {
            throw new IllegalStateException(
                    path()
                            + " cannot be merged: a soft prompt is no part of any weight. Serve the"
                            + " adapter beside the model. Nothing was changed");
        }
    }

    @Override
    public Block merged() {
        return base();
    }

    @Override
    protected NDList forwardInternal(
            ParameterStore store,
            NDList inputs,
            boolean training,
            @Nullable PairList<String, Object> params) {
        parts.mark.call(training);
        try (LayerPass pass = parts.context().active().layer()) {
            NDArray ids = inputs.singletonOrThrow();
            SelectedAdapters selected = pass.adapters();
            PromptPart own = parts.only(selected);
            if (own == null || !hasVirtual(ids)) {
                return base().forward(store, inputs, training, params);
            }
            requireWhole(selected);
            LoraKernels kernels = parts.context().kernels();
            NDArray real = kernels.realIds(ids);
            NDArray y = base().forward(store, new NDList(real), training, params).head();
            NDArray vectors = own.vectors(parts.context(), store, y.getDevice(), training);
            NDArray sum = kernels.virtualRows(y, ids, vectors, 1 / scale);
            real.close();
            y.close();
            return new NDList(sum);
        }
    }

    private void requireWhole(SelectedAdapters selected) {
        for (int i = 0; i < selected.size(); i++) {
            if (parts.get(selected, i) != null) {
                Parts.requireWhole(selected, i, "", "a soft prompt, which has no weight");
            }
        }
    }

    private static boolean hasVirtual(NDArray ids) {
        return Arrays.stream(ids.toLongArray()).anyMatch(id -> id < 0);
    }

    @Override
    public Shape[] getOutputShapes(Shape[] inputs) {
        return base().getOutputShapes(inputs);
    }

    @Override
    public void initialize(NDManager manager, DataType dataType, Shape... inputShapes) {
        // the base and the adapters have their arrays
        context().trained().restore();
    }

    @Override
    public void saveParameters(DataOutputStream os) throws IOException {
        AdapterStream.begin(os, base(), parts.names().size());
        for (String name : parts.names()) {
            os.writeUTF(name);
            for (Parameter tensor : parts.require(name).tensors().values()) {
                tensor.save(os);
            }
        }
    }

    @Override
    public void loadParameters(NDManager manager, DataInputStream is)
            throws IOException, MalformedModelException {
        int count = AdapterStream.begin(is, manager, this);
        for (int i = 0; i < count; i++) {
            String name = is.readUTF();
            PromptPart part = parts.get(name);
            if (part == null) {
                throw new MalformedModelException(
                        ("%s: the file has a prompt \"%s\" that this table does not carry; it has"
                                        + " %s. Add the adapter before loading")
                                .formatted(path(), name, parts.names()));
            }
            for (Parameter tensor : part.tensors().values()) {
                AdapterStream.readInto(is, manager, tensor, path());
            }
        }
    }
}
