/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.hf;

import static java.util.stream.Collectors.joining;

import ai.djl.Device;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.training.ParameterStore;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import org.lora4j.block.ActiveAdapters;
import org.lora4j.block.AdapterSelection;
import org.lora4j.block.StepContext;
import org.lora4j.hf.base.LoadedModel;
import org.lora4j.hf.base.ModelAdvice;
import org.lora4j.hf.base.ModelIdentity;
import org.lora4j.hf.loss.ChunkedLoss;
import org.lora4j.hf.loss.LabelledRows;
import org.lora4j.hf.model.CausalLanguageModel;
import org.lora4j.hf.nn.FamilyBlock.Pass;
import org.lora4j.text.batch.PackedTokens;
import org.lora4j.train.Evaluation;
import org.lora4j.train.LossSum;
import org.lora4j.train.Stage;
import org.lora4j.train.TrainingAdvice;
import org.lora4j.train.TrainingTask;
import org.lora4j.train.checkpoint.TrainingIdentity;
import org.lora4j.train.metric.Predictions;

/** How a decoder is trained: the cross-entropy of each labelled token. */
final class CausalLanguageModelTask implements TrainingTask<CausalBatch> {
    private final LoadedModel model;
    private final CausalLanguageModel block;
    private final ParameterStore store;
    private final ChunkedLoss loss;
    private List<NDArray> trained = List.of();

    /**
     * Makes the training of a language model.
     *
     * @param loss the loss of its logits
     */
    CausalLanguageModelTask(LoadedModel model, ChunkedLoss loss) {
        this.model = model;
        this.block = model.languageModel();
        this.store = new ParameterStore(model.manager(), false);
        this.loss = loss;
    }

    CausalLanguageModelTask(LoadedModel model) {
        this(model, new ChunkedLoss(model.languageModel()));
    }

    @Override
    public ActiveAdapters.Scope begin() {
        return block.beginTraining();
    }

    @Override
    public TrainingAdvice advice() {
        return ModelAdvice.of(model);
    }

    @Override
    public TrainingIdentity identity() {
        return ModelIdentity.of(model);
    }

    @Override
    public Map<String, NDArray> trainable() {
        Map<String, NDArray> arrays = block.trainedArrays();
        trained = List.copyOf(arrays.values());
        return arrays;
    }

    @Override
    public StepContext steps() {
        return block.loraContext().steps();
    }

    @Override
    public NDList input(NDManager scope, CausalBatch batch) {
        block.loraContext().active().requireOpen();
        PackedTokens tokens = batch.packed();
        requireKnown(tokens);
        model.ends().learn(active(), batch.ends());
        steps().rows(longs(tokens.indices()), tokens.lengths());
        return arrays(scope, tokens);
    }

    /** Returns the tokens with which texts were learnt to end. */
    @Override
    public String notes() {
        return model.ends().of(active()).stream().map(String::valueOf).collect(joining(" "));
    }

    @Override
    public void restore(String notes) {
        List<Integer> ends =
                notes.isEmpty()
                        ? List.of()
                        : Arrays.stream(notes.split(" ")).map(Integer::valueOf).toList();
        model.ends().set(active(), ends);
    }

    private AdapterSelection active() {
        return block.loraContext().active().current();
    }

    /** A token without a row in the word table would be read from beside it on some devices. */
    private void requireKnown(PackedTokens tokens) {
        int words = block.vocabularySize();
        int token = 0;
        for (int segment = 0; segment < tokens.segments(); segment++) {
            for (int end = token + tokens.lengths()[segment]; token < end; token++) {
                long most = Math.max(tokens.ids()[token], tokens.labels()[token]);
                if (most >= words) {
                    throw new IllegalArgumentException(
                            "example "
                                    + tokens.indices()[segment]
                                    + " has the token "
                                    + most
                                    + "; expected ids below "
                                    + words
                                    + ", the entries of the model's word table. Tokenize with the"
                                    + " model's own tokenizer");
                }
            }
        }
    }

    private static NDList arrays(NDManager scope, PackedTokens tokens) {
        NDArray lengths = scope.create(longs(tokens.lengths()));
        return new NDList(
                scope.create(tokens.ids()),
                scope.create(tokens.positions()),
                lengths.toDevice(Device.cpu(), false));
    }

    private static long[] longs(int[] values) {
        return Arrays.stream(values).asLongStream().toArray();
    }

    @Override
    public List<Stage> stages() {
        Pass pass = new Pass(store, true);
        List<Stage> stages = new ArrayList<>();
        stages.add((scope, tokens) -> block.embed(pass, tokens));
        for (int i = 0; i < block.layerCount(); i++) {
            int index = i;
            stages.add((scope, state) -> layer(pass, index, state));
        }
        return stages;
    }

    private NDList layer(Pass pass, int index, NDList state) {
        NDList next = new NDList(state);
        next.set(0, block.layer(index, pass, state));
        return next;
    }

    @Override
    public LossSum head(NDManager scope, NDList hidden, CausalBatch batch) {
        // The trainer asks once, before the first step: to walk the tree takes as long as a layer.
        List<NDArray> trainable = trained.isEmpty() ? List.copyOf(trainable().values()) : trained;
        LabelledRows rows = LabelledRows.of(batch.packed());
        Pass pass = new Pass(store, true);
        return new LossSum(
                loss.sumWithGradients(scope, pass, hidden.get(0), rows, trainable), rows.count());
    }

    @Override
    public Evaluation evaluate(NDManager scope, CausalBatch batch) {
        requireKnown(batch.packed());
        LabelledRows rows = LabelledRows.of(batch.packed());
        Pass pass = new Pass(store, false);
        NDArray hidden = block.hidden(pass, arrays(scope, batch.packed()));
        double sum = loss.sum(pass, hidden, rows);
        return new Evaluation(sum, rows.count(), Predictions.none());
    }
}
