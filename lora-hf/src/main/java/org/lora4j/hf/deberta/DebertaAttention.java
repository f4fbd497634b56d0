/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.hf.deberta;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.types.Shape;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.lora4j.block.LayerPass;
import org.lora4j.block.LoraContext;
import org.lora4j.hf.model.Checkpoint;
import org.lora4j.hf.nn.DropoutSwitch;
import org.lora4j.hf.nn.FamilyBlock;
import org.lora4j.hf.nn.HiddenDropout;
import org.lora4j.hf.nn.TokenRows;
import org.lora4j.torch.DisentangledAttention;
import org.lora4j.torch.DisentangledAttention.Relative;
import org.lora4j.torch.DisentangledAttention.Texts;

/**
 * Attention whose scores read relative positions beside contents: transformers'
 * DisentangledSelfAttention. The positions' keys and queries are made by projections of their own,
 * or by those of contents (share_att_key), with the adapters of these.
 *
 * <p>Inputs: the tokens that ask, all [N, H] or each text's first [B, H]; all tokens [N, H], the
 * arrays of their layout, and what {@link DebertaStack} shares. Output: shaped as the first input.
 */
final class DebertaAttention extends FamilyBlock {
    private static final String QUERY = "query_proj";
    private static final String KEY = "key_proj";
    private static final String VALUE = "value_proj";

    private final DebertaConfig config;
    private final LoraContext context;
    private final Slot query;
    private final Slot key;
    private final Slot value;
    private final @Nullable Slot positionKey;
    private final @Nullable Slot positionQuery;
    private final HiddenDropout positionDropout;
    private final HiddenDropout dropout;

    @SuppressWarnings("this-escape")
    DebertaAttention(
            String path,
            DebertaConfig config,
            Checkpoint weights,
            DropoutSwitch dropouts,
            LoraContext context)
            throws IOException {
        this.config = config;
        this.context = context;
        query = projection(path, QUERY, weights);
        key = projection(path, KEY, weights);
        value = projection(path, VALUE, weights);
        DebertaConfig.Relative relative = config.relative();
        boolean own = relative != null && !relative.shared();
        Slot ownKey = own && config.keys() ? projection(path, "pos_key_proj", weights) : null;
        Slot ownQuery =
                own && config.queries() ? projection(path, "pos_query_proj", weights) : null;
        boolean shared = relative != null && relative.shared();
        positionKey = shared && config.keys() ? key : ownKey;
        positionQuery = shared && config.queries() ? query : ownQuery;
        positionDropout =
                new HiddenDropout(
                        path + ".pos_dropout", config.numbers().hiddenDropout(), dropouts);
        dropout =
                new HiddenDropout(path + ".dropout", config.numbers().attentionDropout(), dropouts);
    }

    private Slot projection(String path, String name, Checkpoint weights) throws IOException {
        int hidden = config.numbers().hiddenSize();
        return child(name, weights.linear(path + "." + name, hidden, hidden));
    }

    @Override
    protected NDList forward(Pass pass, NDList inputs) {
        TokenRows rows = new TokenRows(inputs.subNDList(1));
        NDArray x = rows.hidden();
        NDArray q = query.apply(pass, inputs.get(0));
        NDArray k = key.apply(pass, x);
        NDArray v = value.apply(pass, x);
        int heads = config.numbers().heads();
        List<NDArray> kept = new ArrayList<>();
        boolean firstOnly = q.getShape().get(0) < k.getShape().get(0);
        int entry = 0;
        for (Shape shape : scores(rows, firstOnly)) {
            NDArray drop = dropout.attentionMask(pass, q.getManager(), shape, entry, rows.texts());
            if (drop != null) {
                kept.add(drop);
            }
            entry += (int) shape.get(0);
        }
        Texts texts =
                rows.isPadded()
                        ? new Texts(rows.texts(), rows.padded(), rows.masks())
                        : new Texts(rows.texts(), null, new NDList());
        return new NDList(
                DisentangledAttention.of(
                        q,
                        k,
                        v,
                        relative(pass, rows.shared()),
                        heads,
                        config.scale(),
                        texts,
                        kept,
                        dropout.probability()));
    }

    /** The shapes of the scores of each group, or of all texts where none is padded. */
    private List<Shape> scores(TokenRows rows, boolean firstOnly) {
        int heads = config.numbers().heads();
        if (!rows.isPadded()) {
            long length = rows.hidden().getShape().get(0) / rows.texts();
            return List.of(new Shape(rows.texts(), heads, firstOnly ? 1 : length, length));
        }
        List<Shape> shapes = new ArrayList<>();
        for (NDArray mask : rows.masks()) {
            long length = mask.getShape().get(3);
            shapes.add(new Shape(mask.getShape().get(0), heads, firstOnly ? 1 : length, length));
        }
        return shapes;
    }

    private @Nullable Relative relative(Pass pass, NDList shared) {
        if (positionKey == null && positionQuery == null) {
            return null;
        }
        requireOneSelection();
        NDArray vectors = positionDropout.apply(pass, shared.get(0));
        return new Relative(
                positionKey == null ? null : positionKey.apply(pass, vectors),
                positionQuery == null ? null : positionQuery.apply(pass, vectors),
                shared.get(1));
    }

    /** The positions are projected once for all texts, so all texts have the same adapters. */
    private void requireOneSelection() {
        try (LayerPass pass = context.active().layer()) {
            if (pass.all().rows() != null) {
                throw new IllegalStateException(
                        "the relative positions of a DeBERTa are projected once for all texts of a"
                            + " batch, which cannot have adapters of their own; run the texts of"
                            + " each adapter by themselves");
            }
        }
    }
}
