/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.cli;

import ai.djl.huggingface.tokenizers.HuggingFaceTokenizer;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.training.ParameterStore;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import org.lora4j.cli.address.Address;
import org.lora4j.hf.LoraModel;

/** What a model writes after some addresses, the likeliest token each time. */
final class AddressReader {
    private static final int MOST = 110;

    private final LoraModel model;
    private final Path base;

    AddressReader(LoraModel model, Path base) {
        this.model = model;
        this.base = base;
    }

    /** Returns the answers to a few addresses. */
    List<String> read(List<Address> addresses) throws IOException {
        List<String> answers = new ArrayList<>();
        Map<String, String> options = Map.of("truncation", "false", "padding", "false");
        try (HuggingFaceTokenizer tokenizer = HuggingFaceTokenizer.newInstance(base, options)) {
            for (Address address : addresses) {
                long[] prompt = tokenizer.encode(AddressPrompts.prompt(address.text())).getIds();
                answers.add(tokenizer.decode(continued(prompt), true));
            }
        }
        return answers;
    }

    private long[] continued(long[] prompt) {
        long end = model.tokenizer().endId().orElseThrow();
        ParameterStore store = new ParameterStore(model.manager(), false);
        long[] ids = prompt;
        while (ids.length < prompt.length + MOST) {
            long next;
            try (NDManager scope = model.manager().newSubManager()) {
                NDArray input = scope.create(ids).expandDims(0);
                NDArray logits =
                        model.languageModel().forward(store, new NDList(input), false).get(0);
                logits.attach(scope);
                next = logits.get(0, ids.length - 1).argMax().getLong();
            }
            if (next == end) {
                break;
            }
            ids = Arrays.copyOf(ids, ids.length + 1);
            ids[ids.length - 1] = next;
        }
        return Arrays.copyOfRange(ids, prompt.length, ids.length);
    }
}
