/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.adapter;

import com.google.gson.JsonNull;
import com.google.gson.JsonObject;
import java.util.List;
import java.util.Set;

/** The 41 keys that peft 0.21.2 writes for a LoraConfig, with their defaults. */
final class PeftDefaults {
    private static final List<String> NULL =
            List.of(
                    "alora_invocation_tokens",
                    "arrow_config",
                    "auto_mapping",
                    "base_model_name_or_path",
                    "corda_config",
                    "eva_config",
                    "exclude_modules",
                    "kasa_config",
                    "layer_replication",
                    "layers_pattern",
                    "layers_to_transform",
                    "lora_ga_config",
                    "megatron_config",
                    "modules_to_save",
                    "monteclora_config",
                    "revision",
                    "target_modules",
                    "target_parameters",
                    "task_type",
                    "trainable_token_indices",
                    "use_bdlora",
                    "velora_config");

    private static final List<String> FALSE =
            List.of(
                    "ensure_weight_tying",
                    "fan_in_fan_out",
                    "inference_mode",
                    "lora_bias",
                    "use_dora",
                    "use_qalora",
                    "use_rslora");

    private static final List<String> EMPTY =
            List.of("alpha_pattern", "loftq_config", "rank_pattern");

    /** Keys that earlier releases wrote and that change nothing here. */
    static final Set<String> FORMER = Set.of("enable_lora", "merge_weights", "runtime_config");

    private PeftDefaults() {}

    static JsonObject create() {
        JsonObject json = new JsonObject();
        NULL.forEach(key -> json.add(key, JsonNull.INSTANCE));
        FALSE.forEach(key -> json.addProperty(key, false));
        EMPTY.forEach(key -> json.add(key, new JsonObject()));
        json.addProperty("bias", "none");
        json.addProperty("init_lora_weights", true);
        json.addProperty("lora_alpha", 8);
        json.addProperty("lora_dropout", 0.0);
        json.addProperty("megatron_core", "megatron.core");
        json.addProperty("peft_type", "LORA");
        json.addProperty("peft_version", PeftConfigFile.PEFT_VERSION);
        json.addProperty("qalora_group_size", 16);
        json.addProperty("r", 8);
        return json;
    }
}
