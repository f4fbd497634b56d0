/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.hf.adapter;

import java.util.Arrays;
import java.util.List;
import org.lora4j.core.AdapterConfig;
import org.lora4j.core.LoraConfig;
import org.lora4j.core.SoftPromptConfig;
import org.lora4j.core.variant.LoraVariant;
import org.lora4j.djl.Injection;
import org.lora4j.djl.Lora;
import org.lora4j.hf.base.LoadedModel;
import org.lora4j.hf.model.CausalLanguageModel;
import org.lora4j.hf.model.ModelRoot;
import org.lora4j.text.TextTokenizer;

/** Adds a new adapter to a model, with the family's values where the caller gave none. */
final class AdapterCreator {
    private AdapterCreator() {}

    static Injection create(LoadedModel model, String name, AdapterConfig config) {
        requireInvocable(model.block(), config);
        NewAdapter made =
                NewAdapter.of(
                        withTokens(model, config),
                        model.family(),
                        model.config(),
                        model.block(),
                        model.drawn().paths());
        return Lora.inject(model.block(), made.config(), name, made.match());
    }

    /**
     * Checks that a model can find an adapter's invocation, if it has one.
     *
     * @throws IllegalArgumentException if it is no language model
     */
    static void requireInvocable(ModelRoot block, AdapterConfig config) {
        if (config instanceof LoraConfig lora
                && lora.variant() instanceof LoraVariant.Activated
                && !(block instanceof CausalLanguageModel)) {
            throw new IllegalArgumentException(
                    "alora_invocation_tokens: an adapter that acts from its invocation on (aLoRA)"
                        + " is for language models; found another model, on which PEFT would leave"
                        + " it out");
        }
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
