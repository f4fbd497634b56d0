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
import ai.djl.nn.core.Embedding;
import ai.djl.nn.core.Linear;
import ai.djl.training.ParameterStore;
import ai.djl.util.PairList;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.lora4j.block.LoraContext;
import org.lora4j.block.copy.AdapterStream;
import org.lora4j.block.copy.BaseInputs;
import org.lora4j.block.pass.SelectedAdapters;
import org.lora4j.block.weight.BlockWeights;
import org.lora4j.block.weight.LoadedLinear;
import org.lora4j.block.weight.LookupTable;
import org.lora4j.block.weight.PackedWeight;
import org.lora4j.block.weight.TransposedLinear;

/**
 * A frozen table, or vocabulary projection, of which each adapter has trained rows of its own for
 * some tokens: PEFT's trainable_token_indices, and its method TRAINABLE_TOKENS.
 *
 * <p>Of a table E [entries, size], y = D[place of id] for the tokens of the active adapter, and
 * E[id] for others. Of a projection y = x Wᵀ + b, the columns of these tokens are x Dᵀ, without the
 * bias. D [k, size] begins as a copy of the rows, in float32 where they have 16 bits. At most one
 * of the active adapters may have such rows; its weight in the selection does not matter. The row
 * of padding gets no gradient from a table.
 *
 * <p>Threads: as {@link org.lora4j.block.layer.LoraLinear}. Follows PEFT's
 * tuners/trainable_tokens/layer.py; there each pass copies the whole table.
 */
public final class TrainedTokens extends AbstractBlock implements PartHost {
    private static final int MOST_TOKENS = 1 << 24;

    private final Parts<TokenPart> parts;
    private final Parameter weight;
    private final boolean isTable;
    private final long paddingIndex;
    private @Nullable NDArray mergedWeight;

    /**
     * Wraps a table or a linear layer whose parameters are initialised; they are frozen, not
     * copied.
     *
     * @param path the block's module path
     * @param base the block
     * @param context what the blocks of the tree share
     * @throws IllegalArgumentException if the block is of another kind
     */
    @SuppressWarnings("this-escape")
    public TrainedTokens(String path, Block base, LoraContext context) {
        this.weight = requireRows(path, base);
        this.isTable = !(base instanceof Linear);
        this.paddingIndex = base instanceof LookupTable table ? table.paddingIndex() : -1;
        this.parts = new Parts<>(path, base, context, parameters, children);
        inputShapes = BaseInputs.shapes(base);
        inputNames = BaseInputs.names(base);
    }

    /** Returns a block's weight with a row for each token, or null if it has none. */
    public static @Nullable Parameter rowsOf(Block block) {
        if (block instanceof LookupTable table) {
            return table.tableParameter();
        }
        if (block instanceof Embedding<?>) {
            return block.getDirectParameters().get("embedding");
        }
        return block instanceof Linear && !(block instanceof TransposedLinear)
                ? BlockWeights.direct(block).get("weight")
                : null;
    }

    private static Parameter requireRows(String path, Block block) {
        Parameter rows = rowsOf(block);
        if (rows != null && rows.isInitialized() && rows.getArray() instanceof PackedWeight p) {
            throw new IllegalArgumentException(
                    ("%s is to have trainable tokens, and its weight is in %s; expected one in full"
                                    + " precision. Load the base with it left out of the"
                                    + " quantisation (Quantization.withSkipped)")
                            .formatted(path, p.format()));
        }
        if (rows == null || !rows.isInitialized()) {
            throw new IllegalArgumentException(
                    "%s is a %s, which has no row for each token; expected an embedding or a linear layer"
                            .formatted(path, block.getClass().getSimpleName()));
        }
        return rows;
    }

    /**
     * Returns the shapes of an adapter's tensors by PEFT's suffix.
     *
     * @param peftType the adapter's method, "LORA" or "TRAINABLE_TOKENS"
     * @param rows the table's weight
     * @param tokens the tokens
     */
    public static Map<String, Shape> tensorShapes(
            String peftType, Parameter rows, List<Integer> tokens) {
        return Map.of(
                TokenPart.suffix(peftType), TokenPart.shape(rows.getArray().getShape(), tokens));
    }

    /**
     * Adds an adapter's rows, equal to the base's, which train.
     *
     * @param name a name that the block does not carry
     * @param peftType the adapter's method, "LORA" or "TRAINABLE_TOKENS"
     * @param tokens the tokens, each once
     * @throws IllegalArgumentException if the name is taken or there is no such row
     */
    public void addAdapter(String name, String peftType, List<Integer> tokens) {
        parts.checkFree(name);
        parts.add(
                name,
                TokenPart.of(
                        peftType,
                        path(),
                        name,
                        weight.getArray(),
                        tokens,
                        paddingIndex,
                        parts.context()));
    }

    @Override
    public Parts<TokenPart> parts() {
        return parts;
    }

    @Override
    public String peftType() {
        return parts.values().stream().map(TokenPart::peftType).findFirst().orElse("LORA");
    }

    @Override
    public String kind() {
        return isTable ? "Embedding, tokens" : "Linear, tokens";
    }

    /** Returns the part of the one active adapter that has any here, or null. */
    private @Nullable TokenPart active() {
        return parts.only(parts.context().active().defaults());
    }

    @Override
    public void requireMergeable() {
        TokenPart own = active();
        NDArray table = weight.getArray();
        if (own != null && TokenPart.isNarrow(table)) {
            try (NDArray array = own.merged(table)) {
                if (!parts.context().kernels().isFinite(array)) {
                    throw new IllegalStateException(
                            path()
                                    + " cannot be merged: a trained row is beyond the range of the"
                                    + " table's precision; load the model in float32. Nothing was"
                                    + " changed");
                }
            }
        }
    }

    /** Returns the weight with the active adapter's rows, made once; null where it has none. */
    @Nullable NDArray mergedWeight() {
        if (mergedWeight == null) {
            TokenPart own = active();
            mergedWeight = own == null ? null : own.merged(weight.getArray());
        }
        return mergedWeight;
    }

    @Override
    public Block merged() {
        NDArray array = mergedWeight();
        if (array == null) {
            return base();
        }
        if (base() instanceof LookupTable table) {
            return table.onTable(array);
        }
        if (base() instanceof LoadedLinear linear) {
            Parameter bias = BlockWeights.direct(linear).get("bias");
            return linear.with(array, bias == null ? null : bias.getArray());
        }
        parts.context().kernels().copyInto(weight.getArray(), array);
        array.close();
        return base();
    }

    @Override
    protected NDList forwardInternal(
            ParameterStore store,
            NDList inputs,
            boolean training,
            @Nullable PairList<String, Object> params) {
        parts.mark.call(training);
        return parts.run(inputs, (selected, x) -> run(selected, store, x, training, params));
    }

    private NDArray run(
            SelectedAdapters selected,
            ParameterStore store,
            NDArray x,
            boolean training,
            @Nullable PairList<String, Object> params) {
        NDArray y = base().forward(store, new NDList(x), training, params).singletonOrThrow();
        TokenPart own = parts.only(selected);
        if (own == null) {
            return y;
        }
        NDArray replaced =
                isTable
                        ? own.replaceRows(y, x, store, training)
                        : own.replaceColumns(y, x, store, training);
        // autograd keeps what the backward pass needs
        y.close();
        return replaced;
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
            TokenPart part = parts.require(name);
            os.writeUTF(name);
            os.writeInt(part.tokens().size());
            for (int token : part.tokens()) {
                os.writeInt(token);
            }
            part.rows().save(os);
        }
    }

    @Override
    public void loadParameters(NDManager manager, DataInputStream is)
            throws IOException, MalformedModelException {
        int count = AdapterStream.begin(is, manager, this);
        for (int i = 0; i < count; i++) {
            String name = is.readUTF();
            List<Integer> tokens = readTokens(is);
            TokenPart part = parts.get(name);
            if (part == null || !part.tokens().equals(tokens)) {
                throw new MalformedModelException(
                        ("%s: the file has an adapter \"%s\" with tokens that this module does not"
                                        + " carry; it has %s. Add the adapter before loading")
                                .formatted(path(), name, parts.names()));
            }
            AdapterStream.readInto(is, manager, part.rows(), path());
        }
    }

    private List<Integer> readTokens(DataInputStream is)
            throws IOException, MalformedModelException {
        int count = is.readInt();
        if (count < 1 || count > MOST_TOKENS) {
            throw new MalformedModelException(
                    path() + ": " + count + " tokens found; the file is damaged");
        }
        List<Integer> tokens = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            tokens.add(is.readInt());
        }
        return tokens;
    }
}
