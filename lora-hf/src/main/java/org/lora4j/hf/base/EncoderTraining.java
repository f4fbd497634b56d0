/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.hf.base;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import ai.djl.training.ParameterStore;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.lora4j.block.StepContext;
import org.lora4j.hf.model.EncoderRoot;
import org.lora4j.hf.model.PromptedTexts;
import org.lora4j.hf.nn.FamilyBlock.Pass;
import org.lora4j.hf.nn.TokenLayout;
import org.lora4j.hf.nn.TokenRows;
import org.lora4j.text.PaddedBatch;
import org.lora4j.train.Stage;

/** How an encoder runs over padded texts, in training and at inference, whatever its head. */
public final class EncoderTraining {
    /** Ids, token types and the places of tokens. */
    private static final int EMBEDDED = 3;

    private final LoadedModel model;
    private final EncoderRoot block;
    private final ParameterStore store;

    /**
     * Makes the runs of a model.
     *
     * @param model the model
     * @param block its blocks
     */
    public EncoderTraining(LoadedModel model, EncoderRoot block) {
        this.model = model;
        this.block = block;
        this.store = new ParameterStore(model.manager(), false);
    }

    LoadedModel model() {
        return model;
    }

    EncoderRoot block() {
        return block;
    }

    /** Returns how the head is run in training. */
    public Pass training() {
        return new Pass(store, true);
    }

    /** Makes the first stage's input, and says which examples its rows are of. */
    public NDList input(NDManager scope, PaddedBatch batch) {
        block.loraContext().active().requireOpen();
        PaddedBatch texts = PromptedTexts.of(batch, block.virtualTokens());
        TokenLayout layout = layout(texts);
        int[] examples = batch.indices();
        long[] samples = Arrays.stream(layout.order()).mapToLong(row -> examples[row]).toArray();
        StepContext steps = block.loraContext().steps();
        steps.rows(samples, layout.lengths());
        Shape shape = new Shape(texts.rows(), texts.columns());
        return new NDList(
                        scope.create(texts.ids(), shape),
                        scope.create(texts.typeIds(), shape),
                        layout.places(scope))
                .addAll(layout.arrays(scope));
    }

    /** Returns how the tokens of a padded batch are laid out. */
    private TokenLayout layout(PaddedBatch texts) {
        return block.layout(texts.ids(), texts.attentionMask(), texts.rows());
    }

    /** Returns the embeddings and the layers. */
    public List<Stage> stages() {
        Pass pass = training();
        List<Stage> stages = new ArrayList<>();
        stages.add((scope, inputs) -> embed(pass, inputs));
        for (int i = 0; i < block.layerCount(); i++) {
            int index = i;
            stages.add((scope, hidden) -> layer(pass, index, hidden));
        }
        return stages;
    }

    private NDList embed(Pass pass, NDList inputs) {
        NDList made = block.embed(pass, inputs);
        return new NDList(made.get(0)).addAll(inputs.subNDList(EMBEDDED)).addAll(made.subNDList(1));
    }

    private NDList layer(Pass pass, int index, NDList hidden) {
        return new TokenRows(hidden).with(block.layer(index, pass, hidden));
    }

    /**
     * Runs a batch without dropout: the logits of its texts, or of its tokens as they are laid out.
     */
    public NDArray logits(NDManager scope, PaddedBatch batch) {
        PaddedBatch texts = PromptedTexts.of(batch, block.virtualTokens());
        Shape shape = new Shape(texts.rows(), texts.columns());
        NDArray ids = scope.create(texts.ids(), shape);
        NDArray typeIds = scope.create(texts.typeIds(), shape);
        return block.logits(new Pass(store, false), ids, typeIds, layout(texts));
    }

    /**
     * Returns the row of each token of a batch among the logits of tokens.
     *
     * @param batch the batch, without virtual tokens
     * @return [B * T]; -1 at padding
     */
    public int[] rows(PaddedBatch batch) {
        int virtual = block.virtualTokens();
        TokenLayout layout = layout(PromptedTexts.of(batch, virtual));
        int[] order = layout.order();
        int[] lengths = layout.lengths();
        int[] rows = new int[batch.rows() * batch.columns()];
        Arrays.fill(rows, -1);
        int row = 0;
        for (int i = 0; i < order.length; i++) {
            row += virtual;
            for (int column = 0; column < lengths[i] - virtual; column++) {
                rows[order[i] * batch.columns() + column] = row++;
            }
        }
        return rows;
    }

    /**
     * Puts what a head gives for each token into the places of a batch.
     *
     * @param logits a row for each token as they are laid out [N, C]
     * @param batch the batch, without virtual tokens
     * @return [B * T * C], zero at padding
     */
    public float[] placed(NDArray logits, PaddedBatch batch) {
        int outputs = (int) logits.getShape().get(1);
        float[] values = logits.toFloatArray();
        int[] rows = rows(batch);
        float[] placed = new float[rows.length * outputs];
        for (int i = 0; i < rows.length; i++) {
            if (rows[i] >= 0) {
                System.arraycopy(values, rows[i] * outputs, placed, i * outputs, outputs);
            }
        }
        return placed;
    }
}
