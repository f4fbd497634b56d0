/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.export.decoder;

import java.util.Map;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * llama.cpp's names of a decoder's modules: gguf-py's tensor_mapping.py, for the families here.
 *
 * @param whole names outside the layers
 * @param layer names below a layer
 */
record TensorNames(Map<String, String> whole, Map<String, String> layer) {
    private static final Pattern LAYER =
            Pattern.compile("(?:model\\.layers|transformer\\.h)\\.(\\d+)\\.(.+)");

    private static final Map<String, String> WHOLE =
            Map.of(
                    "model.embed_tokens",
                    "token_embd",
                    "model.norm",
                    "output_norm",
                    "lm_head",
                    "output");

    static final TensorNames LLAMA =
            new TensorNames(
                    WHOLE,
                    Map.ofEntries(
                            Map.entry("input_layernorm", "attn_norm"),
                            Map.entry("self_attn.q_proj", "attn_q"),
                            Map.entry("self_attn.k_proj", "attn_k"),
                            Map.entry("self_attn.v_proj", "attn_v"),
                            Map.entry("self_attn.qkv_proj", "attn_qkv"),
                            Map.entry("self_attn.o_proj", "attn_output"),
                            Map.entry("self_attn.q_norm", "attn_q_norm"),
                            Map.entry("self_attn.k_norm", "attn_k_norm"),
                            Map.entry("post_attention_layernorm", "ffn_norm"),
                            Map.entry("mlp.gate_proj", "ffn_gate"),
                            Map.entry("mlp.up_proj", "ffn_up"),
                            Map.entry("mlp.gate_up_proj", "ffn_up"),
                            Map.entry("mlp.down_proj", "ffn_down")));

    static final TensorNames GEMMA2 =
            new TensorNames(
                    WHOLE,
                    Map.ofEntries(
                            Map.entry("input_layernorm", "attn_norm"),
                            Map.entry("self_attn.q_proj", "attn_q"),
                            Map.entry("self_attn.k_proj", "attn_k"),
                            Map.entry("self_attn.v_proj", "attn_v"),
                            Map.entry("self_attn.o_proj", "attn_output"),
                            Map.entry("post_attention_layernorm", "post_attention_norm"),
                            Map.entry("pre_feedforward_layernorm", "ffn_norm"),
                            Map.entry("post_feedforward_layernorm", "post_ffw_norm"),
                            Map.entry("mlp.gate_proj", "ffn_gate"),
                            Map.entry("mlp.up_proj", "ffn_up"),
                            Map.entry("mlp.down_proj", "ffn_down")));

    static final TensorNames GPT2 =
            new TensorNames(
                    Map.of(
                            "transformer.wte", "token_embd",
                            "transformer.wpe", "position_embd",
                            "transformer.ln_f", "output_norm",
                            "lm_head", "output"),
                    Map.of(
                            "ln_1", "attn_norm",
                            "attn.c_attn", "attn_qkv",
                            "attn.c_proj", "attn_output",
                            "ln_2", "ffn_norm",
                            "mlp.c_fc", "ffn_up",
                            "mlp.c_proj", "ffn_down"));

    /** Returns the name of a module, if llama.cpp has it. */
    Optional<String> of(String module) {
        Matcher inLayer = LAYER.matcher(module);
        if (!inLayer.matches()) {
            return Optional.ofNullable(whole.get(module));
        }
        return Optional.ofNullable(layer.get(inLayer.group(2)))
                .map(name -> "blk." + inLayer.group(1) + "." + name);
    }
}
