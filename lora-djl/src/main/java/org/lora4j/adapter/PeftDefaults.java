/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.adapter;

import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeSet;

/** The keys that peft 0.21.2 writes for each of its configurations, with their defaults. */
final class PeftDefaults {
    private static final String TEXT =
            """
            {"alora_invocation_tokens": null, "alpha_pattern": {}, "arrow_config": null,
             "auto_mapping": null, "base_model_name_or_path": null, "bias": "none",
             "corda_config": null, "ensure_weight_tying": false, "eva_config": null,
             "exclude_modules": null, "fan_in_fan_out": false, "inference_mode": false,
             "init_lora_weights": true, "kasa_config": null, "layer_replication": null,
             "layers_pattern": null, "layers_to_transform": null, "loftq_config": {},
             "lora_alpha": 8, "lora_bias": false, "lora_dropout": 0.0, "lora_ga_config": null,
             "megatron_config": null, "megatron_core": "megatron.core", "modules_to_save": null,
             "monteclora_config": null, "peft_type": "LORA", "qalora_group_size": 16, "r": 8,
             "rank_pattern": {}, "revision": null, "target_modules": null,
             "target_parameters": null, "task_type": null, "trainable_token_indices": null,
             "use_bdlora": null, "use_dora": false, "use_qalora": false, "use_rslora": false,
             "velora_config": null}
            """;

    private static final String IA3 =
            """
            {"auto_mapping": null, "base_model_name_or_path": null, "exclude_modules": null,
             "fan_in_fan_out": false, "feedforward_modules": null, "inference_mode": false,
             "init_ia3_weights": true, "modules_to_save": null, "peft_type": "IA3",
             "revision": null, "target_modules": null, "task_type": null}
            """;

    private static final String PROMPT_TUNING =
            """
            {"auto_mapping": null, "base_model_name_or_path": null, "inference_mode": false,
             "modules_to_save": null, "num_attention_heads": null, "num_layers": null,
             "num_transformer_submodules": 1, "num_virtual_tokens": null,
             "peft_type": "PROMPT_TUNING", "prompt_tuning_init": "RANDOM",
             "prompt_tuning_init_text": null, "revision": null, "task_type": null,
             "token_dim": null, "tokenizer_kwargs": null, "tokenizer_name_or_path": null}
            """;

    private static final String P_TUNING =
            """
            {"auto_mapping": null, "base_model_name_or_path": null, "encoder_dropout": 0.0,
             "encoder_hidden_size": null, "encoder_num_layers": 2,
             "encoder_reparameterization_type": "MLP", "inference_mode": false,
             "modules_to_save": null, "num_attention_heads": null, "num_layers": null,
             "num_transformer_submodules": 1, "num_virtual_tokens": null,
             "peft_type": "P_TUNING", "revision": null, "task_type": null, "token_dim": null}
            """;

    private static final String TRAINABLE_TOKENS =
            """
            {"auto_mapping": null, "base_model_name_or_path": null, "inference_mode": false,
             "init_weights": true, "peft_type": "TRAINABLE_TOKENS", "revision": null,
             "target_modules": null, "task_type": null, "token_indices": []}
            """;

    private static final Map<String, String> BY_TYPE =
            Map.of(
                    "LORA",
                    TEXT,
                    "IA3",
                    IA3,
                    "TRAINABLE_TOKENS",
                    TRAINABLE_TOKENS,
                    "PROMPT_TUNING",
                    PROMPT_TUNING,
                    "P_TUNING",
                    P_TUNING);

    /** The methods whose files are read and written, as PEFT names them. */
    static final Set<String> TYPES = new TreeSet<>(BY_TYPE.keySet());

    /** Keys that earlier releases wrote and that change nothing here. */
    static final Set<String> FORMER = Set.of("enable_lora", "merge_weights", "runtime_config");

    private PeftDefaults() {}

    static JsonObject create(String peftType) {
        String text = Objects.requireNonNull(BY_TYPE.get(peftType), peftType);
        JsonObject json = JsonParser.parseString(text).getAsJsonObject();
        json.addProperty("peft_version", PeftConfigFile.PEFT_VERSION);
        return json;
    }
}
