/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.export.decoder;

import java.io.IOException;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import org.lora4j.hf.decoder.DecoderDefaults;
import org.lora4j.hf.model.ModelConfig;

/**
 * What a family is to llama.cpp: its architecture, and how tensors are named and laid out there.
 * Follows llama.cpp's convert_hf_to_gguf.py.
 *
 * @param architecture general.architecture
 * @param names the modules' names
 * @param permuted whether the rows of queries and keys are paired as (0, 1), (2, 3), ... for rotary
 *     positions, where Hugging Face pairs (0, d/2), (1, d/2 + 1), ...
 * @param turned whether linear weights lie as [in, out]
 * @param shifted whether 1 is added to the weights of normalisations
 * @param biased the modules of a layer that may have a bias, by llama.cpp's names
 * @param defaults what absent keys of config.json mean
 */
public record LlamaCppFamily(
        String architecture,
        TensorNames names,
        boolean permuted,
        boolean turned,
        boolean shifted,
        Set<String> biased,
        DecoderDefaults defaults) {
    private static final LlamaCppFamily LLAMA =
            new LlamaCppFamily(
                    "llama",
                    TensorNames.LLAMA,
                    true,
                    false,
                    false,
                    Set.of(
                            "attn_q",
                            "attn_k",
                            "attn_v",
                            "attn_output",
                            "ffn_gate",
                            "ffn_up",
                            "ffn_down"),
                    DecoderDefaults.LLAMA);

    private static final Map<String, LlamaCppFamily> FAMILIES =
            Map.of(
                    "llama",
                    LLAMA,
                    "mistral",
                    new LlamaCppFamily(
                            "llama",
                            TensorNames.LLAMA,
                            true,
                            false,
                            false,
                            LLAMA.biased(),
                            DecoderDefaults.MISTRAL),
                    "qwen2",
                    plain("qwen2", Set.of("attn_q", "attn_k", "attn_v"), DecoderDefaults.QWEN2),
                    "qwen3",
                    plain("qwen3", Set.of(), DecoderDefaults.QWEN3),
                    "phi3",
                    plain("phi3", Set.of(), DecoderDefaults.PHI3),
                    "gemma2",
                    new LlamaCppFamily(
                            "gemma2",
                            TensorNames.GEMMA2,
                            false,
                            false,
                            true,
                            Set.of(),
                            DecoderDefaults.GEMMA2),
                    "gpt2",
                    new LlamaCppFamily(
                            "gpt2",
                            TensorNames.GPT2,
                            false,
                            true,
                            false,
                            Set.of(
                                    "attn_norm",
                                    "attn_qkv",
                                    "attn_output",
                                    "ffn_norm",
                                    "ffn_up",
                                    "ffn_down",
                                    "output_norm"),
                            DecoderDefaults.LLAMA));

    private static LlamaCppFamily plain(
            String architecture, Set<String> biased, DecoderDefaults defaults) {
        return new LlamaCppFamily(
                architecture, TensorNames.LLAMA, false, false, false, biased, defaults);
    }

    /**
     * Finds a model's family.
     *
     * @param config the model's configuration
     * @throws IOException if there is none
     */
    public static LlamaCppFamily of(ModelConfig config) throws IOException {
        LlamaCppFamily found = FAMILIES.get(config.modelType());
        if (found == null) {
            throw new IOException(
                    "%s: there is no GGUF form for model_type \"%s\" here; expected one of %s"
                            .formatted(
                                    config.file(),
                                    config.modelType(),
                                    new TreeSet<>(FAMILIES.keySet())));
        }
        return found;
    }

    /** Returns whether a module may have a bias, by llama.cpp's name with or without its layer. */
    boolean mayHaveBias(String name) {
        return biased.contains(name.replaceFirst("^blk\\.\\d+\\.", ""));
    }
}
