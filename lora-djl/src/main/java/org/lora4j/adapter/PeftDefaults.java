/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.adapter;

import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import java.util.Set;

/** The 41 keys that peft 0.21.2 writes for a LoraConfig, with their defaults. */
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

    /** Keys that earlier releases wrote and that change nothing here. */
    static final Set<String> FORMER = Set.of("enable_lora", "merge_weights", "runtime_config");

    private PeftDefaults() {}

    static JsonObject create() {
        JsonObject json = JsonParser.parseString(TEXT).getAsJsonObject();
        json.addProperty("peft_version", PeftConfigFile.PEFT_VERSION);
        return json;
    }
}
