/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.demo;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.training.ParameterStore;
import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;
import org.lora4j.demo.address.Address;
import org.lora4j.hf.LoraModel;
import org.lora4j.hf.model.CausalLanguageModel;
import org.lora4j.hf.nn.FamilyBlock.Pass;
import org.lora4j.text.batch.LossOn;
import org.lora4j.text.batch.PackedTokens;
import org.lora4j.text.batch.PackingPlanner;
import org.lora4j.text.sample.CausalSequences;

/**
 * Finds the addresses that greedy decoding would answer exactly: those of which each token of the
 * right answer, its end included, is the likeliest one after the tokens before it. This takes one
 * pass over the texts, and not one for each token.
 */
final class AddressExam {
    private static final int TOKENS = 4096;

    private final LoraModel model;
    private final CausalSequences sequences;
    private final int count;

    AddressExam(LoraModel model, List<Address> addresses, int maxTokens) {
        this.model = model;
        sequences =
                CausalSequences.of(
                        AddressPrompts.samples("test", addresses),
                        model.tokenizer(),
                        maxTokens,
                        LossOn.COMPLETION);
        count = addresses.size();
    }

    /** Returns for each address whether the model's answer is exact. */
    List<Boolean> take() {
        Boolean[] exact = new Boolean[count];
        Arrays.fill(exact, true);
        for (int[] indices : PackingPlanner.inOrder(sequences.lengths(), TOKENS, 1)) {
            PackedTokens packed = sequences.batch(indices);
            try (NDManager scope = model.manager().newSubManager()) {
                long[] likeliest = likeliest(scope, packed);
                int row = 0;
                int token = 0;
                for (int s = 0; s < packed.segments(); s++) {
                    for (int i = 0; i < packed.lengths()[s]; i++, token++) {
                        long label = packed.labels()[token];
                        if (label != PackedTokens.IGNORED) {
                            exact[packed.indices()[s]] &= likeliest[row++] == label;
                        }
                    }
                }
            }
        }
        return List.of(exact);
    }

    /** Returns the likeliest token at each place that has a label. */
    private long[] likeliest(NDManager scope, PackedTokens packed) {
        CausalLanguageModel block = model.languageModel();
        Pass pass = new Pass(new ParameterStore(model.manager(), false), false);
        long[] lengths = Arrays.stream(packed.lengths()).asLongStream().toArray();
        NDList tokens =
                new NDList(
                        scope.create(packed.ids()),
                        scope.create(packed.positions()),
                        scope.create(lengths));
        long[] places =
                IntStream.range(0, packed.labels().length)
                        .filter(i -> packed.labels()[i] != PackedTokens.IGNORED)
                        .asLongStream()
                        .toArray();
        NDArray hidden = block.hidden(pass, tokens);
        NDArray rows = hidden.get(scope.create(places));
        NDArray logits = block.logits(pass, rows);
        NDArray best = logits.argMax(-1);
        scope.attachAll(hidden, rows, logits, best);
        return best.toLongArray();
    }
}
