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
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.lora4j.demo.address.Address;
import org.lora4j.hf.LoraModel;
import org.lora4j.hf.model.CausalLanguageModel;
import org.lora4j.hf.nn.FamilyBlock.Pass;
import org.lora4j.text.batch.LossOn;
import org.lora4j.text.batch.PackedTokens;
import org.lora4j.text.batch.PackingPlanner;
import org.lora4j.text.sample.CausalSequences;

/**
 * Which addresses greedy decoding would answer exactly. It would where each token of the right
 * answer, its end included, is the likeliest after the prompt and the tokens before it, and all
 * those are known at once: one pass over the texts, not one for each token.
 */
final class AddressExam {
    private static final int TOKENS = 4096;

    private final CausalSequences sequences;
    private final int count;

    AddressExam(LoraModel model, List<Address> addresses, int maxTokens) {
        sequences =
                CausalSequences.of(
                        AddressPrompts.samples("test", addresses),
                        model.tokenizer(),
                        maxTokens,
                        LossOn.COMPLETION);
        count = addresses.size();
    }

    /** Returns for each address whether its answer is exact. */
    List<Boolean> take(LoraModel model) {
        boolean[] exact = new boolean[count];
        Arrays.fill(exact, true);
        CausalLanguageModel block = model.languageModel();
        Pass pass = new Pass(new ParameterStore(model.manager(), false), false);
        for (int[] indices : PackingPlanner.inOrder(sequences.lengths(), TOKENS, 1)) {
            PackedTokens packed = sequences.batch(indices);
            try (NDManager scope = model.manager().newSubManager()) {
                long[] likeliest = likeliest(scope, block, pass, packed);
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
        List<Boolean> list = new ArrayList<>(count);
        for (boolean e : exact) {
            list.add(e);
        }
        return list;
    }

    private static long[] likeliest(
            NDManager scope, CausalLanguageModel block, Pass pass, PackedTokens packed) {
        long[] lengths = Arrays.stream(packed.lengths()).asLongStream().toArray();
        NDList tokens =
                new NDList(
                        scope.create(packed.ids()),
                        scope.create(packed.positions()),
                        scope.create(lengths));
        NDArray hidden = block.hidden(pass, tokens);
        hidden.attach(scope);
        long[] places = new long[packed.labelled()];
        int found = 0;
        for (int i = 0; i < packed.labels().length; i++) {
            if (packed.labels()[i] != PackedTokens.IGNORED) {
                places[found++] = i;
            }
        }
        NDArray rows = hidden.get(scope.create(places));
        rows.attach(scope);
        NDArray logits = block.logits(pass, rows);
        logits.attach(scope);
        NDArray best = logits.argMax(-1);
        best.attach(scope);
        return best.toLongArray();
    }
}
