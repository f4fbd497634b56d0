/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.hf.loss;

import ai.djl.Device;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.training.ParameterStore;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.IntStream;
import org.lora4j.block.ActiveAdapters;
import org.lora4j.block.pass.Invocations;
import org.lora4j.block.pass.RowLayout;
import org.lora4j.hf.model.CausalLanguageModel;
import org.lora4j.hf.nn.FamilyBlock.Pass;
import org.lora4j.text.batch.PackedTokens;
import org.lora4j.train.Stage;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** A language model that is run on packed sequences, as its trainings and evaluations do. */
public final class PackedModel {
    private static final Logger logger = LoggerFactory.getLogger(PackedModel.class);

    private final CausalLanguageModel block;
    private final ParameterStore store;
    private boolean told;

    /**
     * Takes a model.
     *
     * @param block its blocks
     * @param manager the manager of its weights
     */
    public PackedModel(CausalLanguageModel block, NDManager manager) {
        this.block = block;
        this.store = new ParameterStore(manager, false);
    }

    /** Returns how a training runs it. */
    public Pass training() {
        return new Pass(store, true);
    }

    /** Returns how it is run without dropout and gradients. */
    public Pass inference() {
        return new Pass(store, false);
    }

    /**
     * Makes the first stage's input, and tells the model's dropouts which samples the rows are.
     *
     * @param scope who owns the arrays
     * @throws IllegalArgumentException if a token is not one of the model's
     */
    public NDList input(NDManager scope, PackedTokens tokens) {
        block.loraContext().active().requireOpen();
        requireKnown(tokens);
        int virtual = block.virtualTokens();
        int[] lengths = Arrays.stream(tokens.lengths()).map(n -> n + virtual).toArray();
        block.loraContext().steps().rows(longs(tokens.indices()), lengths);
        int[] without = layOut(tokens);
        if (without.length > 0 && !told) {
            told = true;
            logger.warn(
                    "the examples {} do not have the invocation tokens of the adapter, which learns"
                            + " nothing from them (said once); expected each text to have them, as"
                            + " the model's own tokenizer encodes them",
                    without);
        }
        return arrays(scope, tokens, virtual);
    }

    /** Returns the stages of a training pass: the embedding, and each layer. */
    public List<Stage> stages() {
        Pass pass = training();
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

    /**
     * Runs the layers without dropout and gradients.
     *
     * @return the last layer's hidden states [N, H], with those of virtual tokens
     * @throws IllegalArgumentException if a token is not one of the model's
     */
    public NDArray hidden(NDManager scope, PackedTokens tokens) {
        requireKnown(tokens);
        try (ActiveAdapters.Scope pass = block.loraContext().active().pass()) {
            layOut(tokens);
            return block.hidden(inference(), arrays(scope, tokens, block.virtualTokens()));
        }
    }

    /**
     * Tells the pass where adapters begin to act, if they do from an invocation on.
     *
     * @return the examples without it
     */
    private int[] layOut(PackedTokens tokens) {
        ActiveAdapters active = block.loraContext().active();
        if (!active.areInvoked()) {
            return new int[0];
        }
        long[] lengths = longs(tokens.lengths());
        int[] firsts = new int[lengths.length];
        for (int i = 1; i < firsts.length; i++) {
            firsts[i] = firsts[i - 1] + tokens.lengths()[i - 1];
        }
        Set<Integer> without = new TreeSet<>();
        active.layOut(
                IntStream.range(0, lengths.length).toArray(),
                lengths,
                (text, invocation) -> {
                    long start =
                            Invocations.last(
                                    invocation,
                                    lengths[text],
                                    at -> tokens.ids()[firsts[text] + at]);
                    if (start == RowLayout.Starts.NEVER) {
                        without.add(tokens.indices()[text]);
                    }
                    return start;
                });
        return without.stream().mapToInt(Integer::intValue).toArray();
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

    /** Returns the rows of a batch that have a label, where they are in the hidden states. */
    public LabelledRows labelled(PackedTokens tokens) {
        return LabelledRows.of(tokens, block.virtualTokens());
    }

    /** Ids, positions and lengths of the sequences, with the virtual tokens before each. */
    private static NDList arrays(NDManager scope, PackedTokens tokens, int virtual) {
        int rows = tokens.tokens() + virtual * tokens.segments();
        long[] ids = new long[rows];
        long[] positions = new long[rows];
        long[] lengths = new long[tokens.segments()];
        int row = 0;
        int token = 0;
        for (int segment = 0; segment < lengths.length; segment++) {
            lengths[segment] = (long) virtual + tokens.lengths()[segment];
            for (int i = 0; i < lengths[segment]; i++, row++) {
                ids[row] = i < virtual ? -1L - i : tokens.ids()[token++];
                positions[row] = i;
            }
        }
        return new NDList(
                scope.create(ids),
                scope.create(positions),
                scope.create(lengths).toDevice(Device.cpu(), false));
    }

    private static long[] longs(int[] values) {
        return Arrays.stream(values).asLongStream().toArray();
    }
}
