/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.hf.model;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import java.util.Arrays;
import java.util.List;
import org.lora4j.block.ActiveAdapters;
import org.lora4j.block.LoraContext;
import org.lora4j.hf.nn.DropoutSwitch;
import org.lora4j.hf.nn.TokenLayout;
import org.lora4j.text.PaddedBatch;
import org.lora4j.torch.Sequences;

/**
 * The root of an encoder with a head: token ids to logits, of each text or of each token.
 *
 * <p>As a DJL block its inputs are ids [B, T] and, optionally, an attention mask [B, T] of ones and
 * zeros and token types [B, T], all int64; its output is the logits. It is run in parts by a
 * trainer: {@link #embed}, each layer, {@link #logits}.
 */
public abstract sealed class EncoderRoot extends ModelRoot
        permits SequenceClassifier, TokenClassifier, TextEncoder {
    /**
     * Creates a root without children.
     *
     * @param dropouts the switch that the model's dropouts were made with
     * @param context what adapters of the tree share; its steps are the switch's
     */
    protected EncoderRoot(DropoutSwitch dropouts, LoraContext context) {
        super(dropouts, context);
    }

    @Override
    public List<String> outputPaths() {
        return headPaths();
    }

    /**
     * Returns the entries of the token type table: token types lie below. Integer.MAX_VALUE where
     * the model does not read types.
     */
    public abstract int typeVocabularySize();

    /**
     * Lays texts out.
     *
     * @param ids token ids [B, T], row by row
     * @param mask [B, T]: 1 at tokens, 0 elsewhere
     * @param texts B
     * @return where the tokens lie that the model reads
     */
    public TokenLayout layout(long[] ids, long[] mask, int texts) {
        return new TokenLayout(mask, texts);
    }

    /**
     * Makes the first layer's hidden states.
     *
     * @param pass how the model is run
     * @param inputs token ids [B, T], token types [B, T] and the places of the tokens in them [N],
     *     all int64; what follows is not read
     * @return hidden states [N, H], and what all layers share beside them
     */
    public abstract NDList embed(Pass pass, NDList inputs);

    /**
     * Runs a layer.
     *
     * @param index which, from 0
     * @param pass how the model is run
     * @param hidden hidden states [N, H] and the arrays of their layout, as {@link
     *     org.lora4j.hf.nn.TokenRows} reads them; then what all layers share
     * @return the layer's hidden states [N, H]; the last layer may give those of each text's first
     *     token alone [B, H]
     */
    public abstract NDArray layer(int index, Pass pass, NDList hidden);

    /**
     * Runs the head.
     *
     * @param pass how the model is run
     * @param hidden the last layer's hidden states and the arrays of their layout
     * @return [B, C], in the order of the texts, or a row for each token [N, C], as they are laid
     *     out
     */
    public abstract NDArray logits(Pass pass, NDList hidden);

    /**
     * Runs all of it.
     *
     * @param pass how the model is run
     * @param ids token ids [B, T], int64; their manager has the result
     * @param typeIds token types [B, T], int64
     * @param layout where the tokens are
     * @return [B, C], or a row for each token [N, C]
     */
    public final NDArray logits(Pass pass, NDArray ids, NDArray typeIds, TokenLayout layout) {
        NDManager outer = ids.getManager();
        try (ActiveAdapters.Scope open = loraContext().active().pass();
                NDManager scope = outer.newSubManager()) {
            scope.tempAttachAll(ids, typeIds);
            TokenLayout own = byAdapters(layout);
            long[] lengths = Arrays.stream(own.lengths()).asLongStream().toArray();
            loraContext().active().layOut(own.order(), lengths);
            NDList state = embed(pass, new NDList(ids, typeIds, own.places(scope)));
            NDArray h = state.get(0);
            NDList arrays = own.arrays(scope).addAll(state.subNDList(1));
            for (int i = 0; i < layerCount(); i++) {
                loraContext().active().requireOpen();
                NDArray next = layer(i, pass, new NDList(h).addAll(arrays));
                h.close();
                h = next;
            }
            NDArray logits = logits(pass, new NDList(h).addAll(arrays));
            if (own != layout && readsTokens()) {
                logits = Sequences.take(logits, scope.create(own.rowsOf(layout)));
            }
            logits.attach(outer);
            return logits;
        }
    }

    /**
     * Where texts have adapters of their own, those with the same ones lie together: one product.
     */
    private TokenLayout byAdapters(TokenLayout layout) {
        ActiveAdapters active = loraContext().active();
        boolean mixed = active.readsRows() && !active.areInvoked();
        return mixed ? layout.inOrder(active.order(layout.order().length)) : layout;
    }

    /** Returns whether {@link #logits(Pass, NDList)} gives a row for each token. */
    abstract boolean readsTokens();

    @Override
    final NDList run(Pass pass, NDList inputs) {
        int virtual = virtualTokens();
        NDArray ids = inputs.get(0);
        NDArray typeIds = inputs.size() > 2 ? inputs.get(2) : ids.zerosLike();
        if (virtual == 0) {
            return new NDList(arranged(pass, ids, typeIds, layout(inputs), 0));
        }
        return new NDList(prompted(pass, ids, typeIds, mask(inputs), virtual));
    }

    /**
     * Runs all of it, and puts the logits where DJL's blocks and transformers have them.
     *
     * @param ids token ids [B, T]
     * @param virtual how many of the first columns are virtual tokens, which have no output
     */
    NDArray arranged(Pass pass, NDArray ids, NDArray typeIds, TokenLayout layout, int virtual) {
        return logits(pass, ids, typeIds, layout);
    }

    /**
     * Runs all of it where it gives a row for each token, and puts the rows where the tokens are:
     * [B, T, C], zero where there is padding.
     */
    final NDArray spread(Pass pass, NDArray ids, NDArray typeIds, TokenLayout layout, int virtual) {
        Shape shape = ids.getShape();
        NDManager outer = ids.getManager();
        try (NDManager scope = outer.newSubManager()) {
            NDArray rows = logits(pass, ids, typeIds, layout);
            rows.attach(scope);
            NDArray spread = Sequences.spread(rows, layout.places(scope), shape.size());
            NDArray all = spread.reshape(shape.get(0), shape.get(1), rows.getShape().get(1));
            NDArray own = virtual == 0 ? all : all.get(":, " + virtual + ":, :").duplicate();
            own.attach(outer);
            return own;
        }
    }

    /** Runs texts with virtual tokens before each. */
    private NDArray prompted(Pass pass, NDArray ids, NDArray typeIds, long[] mask, int virtual) {
        int texts = Math.toIntExact(ids.getShape().get(0));
        int columns = Math.toIntExact(ids.getShape().get(1));
        int[] all = new int[texts];
        Arrays.fill(all, columns);
        PaddedBatch wide =
                PromptedTexts.of(
                        new PaddedBatch(
                                texts,
                                columns,
                                new int[texts],
                                all,
                                ids.toLongArray(),
                                typeIds.toLongArray(),
                                mask),
                        virtual);
        Shape shape = new Shape(texts, wide.columns());
        NDManager manager = ids.getManager();
        return arranged(
                pass,
                manager.create(wide.ids(), shape),
                manager.create(wide.typeIds(), shape),
                layout(wide.ids(), wide.attentionMask(), texts),
                virtual);
    }

    private static long[] mask(NDList inputs) {
        if (inputs.size() == 1) {
            long[] ones = new long[Math.toIntExact(inputs.head().size())];
            Arrays.fill(ones, 1);
            return ones;
        }
        try (NDArray numbers = inputs.get(1).toType(DataType.INT64, true)) {
            return numbers.toLongArray();
        }
    }

    private TokenLayout layout(NDList inputs) {
        Shape shape = inputs.get(0).getShape();
        if (inputs.size() > 1 && !inputs.get(1).getShape().equals(shape)) {
            throw new IllegalArgumentException(
                    "attention mask %s for token ids %s; expected the same shape"
                            .formatted(inputs.get(1).getShape(), shape));
        }
        int texts = Math.toIntExact(shape.get(0));
        return layout(inputs.get(0).toLongArray(), mask(inputs), texts);
    }
}
