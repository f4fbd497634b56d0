/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.hf.encoder;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import java.io.IOException;
import org.jspecify.annotations.Nullable;
import org.lora4j.hf.model.Checkpoint;
import org.lora4j.hf.nn.DropoutSwitch;
import org.lora4j.hf.nn.FamilyBlock;
import org.lora4j.hf.nn.HiddenDropout;
import org.lora4j.torch.Sequences;

/**
 * Token ids and token types [B, T] to hidden states [B, T, H]: the sum of word, position and, where
 * the model has them, type vectors, normalised.
 */
public final class EncoderEmbeddings extends FamilyBlock {
    private final Slot words;
    private final @Nullable Slot positions;
    private final @Nullable Slot types;
    private final @Nullable Slot projection;
    private final Slot norm;
    private final HiddenDropout dropout;
    private final @Nullable PositionIds positionIds;

    /**
     * Reads the tables.
     *
     * @param path the module
     * @param config the encoder's numbers; without token types there is no table of them
     * @param weights its tensors
     * @param dropouts its dropouts' switch
     * @param positionIds which position each token has
     * @throws IOException if there are too many problems to go on
     */
    @SuppressWarnings("this-escape")
    public EncoderEmbeddings(
            String path,
            EncoderConfig config,
            Checkpoint weights,
            DropoutSwitch dropouts,
            PositionIds positionIds)
            throws IOException {
        this(path, config, weights, dropouts, positionIds, config.hiddenSize());
    }

    /**
     * Reads the tables of a model that may lack positions, or whose vectors are of another size
     * than its hidden states.
     *
     * @param path the module
     * @param config the encoder's numbers; without token types there is no table of them
     * @param weights its tensors
     * @param dropouts its dropouts' switch
     * @param positionIds which position each token has; null for no table of positions
     * @param width the size of the tables' vectors; where it is not that of hidden states, the sum
     *     is projected by "embed_proj", without a bias
     * @throws IOException if there are too many problems to go on
     */
    @SuppressWarnings("this-escape")
    public EncoderEmbeddings(
            String path,
            EncoderConfig config,
            Checkpoint weights,
            DropoutSwitch dropouts,
            @Nullable PositionIds positionIds,
            int width)
            throws IOException {
        this.positionIds = positionIds;
        words = table(path, "word_embeddings", config.vocabularySize(), width, weights);
        positions =
                positionIds == null
                        ? null
                        : table(path, "position_embeddings", config.positions(), width, weights);
        types =
                config.types() == 0
                        ? null
                        : table(path, "token_type_embeddings", config.types(), width, weights);
        int hidden = config.hiddenSize();
        projection =
                width == hidden
                        ? null
                        : child(
                                "embed_proj",
                                weights.linear(path + ".embed_proj", width, hidden, false));
        norm =
                child(
                        "LayerNorm",
                        weights.layerNorm(
                                path + ".LayerNorm", config.hiddenSize(), config.layerNormEps()));
        dropout = new HiddenDropout(path + ".dropout", config.hiddenDropout(), dropouts);
    }

    private Slot table(String path, String name, int entries, int width, Checkpoint weights)
            throws IOException {
        return child(name, weights.embedding(path + "." + name, entries, width));
    }

    @Override
    protected NDList forward(Pass pass, NDList inputs) {
        NDArray ids = inputs.get(0);
        NDArray typeIds = inputs.get(1);
        NDArray tokens = inputs.get(2);
        NDManager outer = ids.getManager();
        try (NDManager scope = outer.newSubManager()) {
            scope.tempAttachAll(ids, typeIds, tokens);
            NDArray sum = words.apply(pass, Sequences.take(ids.flatten(), tokens));
            if (types != null) {
                NDArray own = Sequences.take(typeIds.flatten(), tokens);
                sum = sum.add(types.apply(pass, own));
            }
            if (positions != null && positionIds != null) {
                NDArray places = positionIds.of(scope, ids).broadcast(ids.getShape()).flatten();
                sum = sum.add(positions.apply(pass, Sequences.take(places, tokens)));
            }
            if (projection != null) {
                sum = projection.apply(pass, sum);
            }
            NDArray out = dropout.apply(pass, norm.apply(pass, sum));
            out.attach(outer);
            return new NDList(out);
        }
    }
}
