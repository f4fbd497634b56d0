/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.hf.adapter;

import java.util.Arrays;
import java.util.List;
import org.lora4j.core.AdapterConfig;
import org.lora4j.core.SoftPromptConfig;
import org.lora4j.djl.Injection;
import org.lora4j.djl.Lora;
import org.lora4j.hf.base.LoadedModel;
import org.lora4j.text.TextTokenizer;

/** Adds a new adapter to a model, with the family's values where the caller gave none. */
final class AdapterCreator {
    private AdapterCreator() {}

    static Injection create(LoadedModel model, String name, AdapterConfig config) {
        NewAdapter made =
                NewAdapter.of(
                        withTokens(model, config),
                        model.family(),
                        model.config(),
                        model.block(),
                        model.drawn().paths());
        return Lora.inject(model.block(), made.config(), name, made.match());
    }

    /** Asks the model's tokenizer for the tokens of a prompt's text. */
    private static AdapterConfig withTokens(LoadedModel model, AdapterConfig config) {
        if (!(config instanceof SoftPromptConfig prompt)
                || !(prompt.source() instanceof SoftPromptConfig.Text text)
                || !text.ids().isEmpty()) {
            return config;
        }
        TextTokenizer tokenizer = model.tokenizer();
        if (tokenizer == null) {
            throw new IllegalArgumentException(
                    model.directory()
                            + ": a prompt's text needs the model's tokenizer, and there is none;"
                            + " expected tokenizer.json");
        }
        int[] ids = tokenizer.encode(text.text(), null, Integer.MAX_VALUE).ids();
        List<Integer> tokens = Arrays.stream(ids).boxed().toList();
        return prompt.withSource(new SoftPromptConfig.Text(text.text(), tokens));
    }
}
