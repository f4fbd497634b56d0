/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.hf;

import ai.djl.ndarray.types.Shape;
import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.lora4j.safetensors.SafeTensorsFile;

/**
 * What vLLM asks of an adapter, which is less than PEFT allows: the checks of its
 * vllm/lora/peft_helper.py (validate_legal), lora_model.py (from_local_checkpoint) and utils.py
 * (parse_fine_tuned_lora_name), and that it scales every layer by the one r and lora_alpha.
 */
final class VllmRules {
    /** The linear layers of vLLM's Llama, Mistral and Qwen, by the names that adapters use. */
    private static final Set<String> SUPPORTED =
            Set.of("q_proj", "k_proj", "v_proj", "o_proj", "gate_proj", "up_proj", "down_proj");

    private static final Pattern TENSOR =
            Pattern.compile("base_model\\.model\\.(.+)\\.lora_([AB])\\.weight");

    private VllmRules() {}

    /** Returns what vLLM would refuse, or serve wrongly, started with --max-lora-rank. */
    static List<String> violations(Path adapter, int maxRank) throws IOException {
        List<String> found = new ArrayList<>();
        JsonObject config = Golden.json(adapter.resolve("adapter_config.json"));
        for (String required : List.of("r", "lora_alpha", "target_modules")) {
            if (!isSet(config, required)) {
                found.add(required + " is missing");
            }
        }
        int rank = config.get("r").getAsInt();
        if (rank > maxRank) {
            found.add("r " + rank + " is over " + maxRank);
        }
        if (isSet(config, "modules_to_save")) {
            found.add("modules_to_save is " + config.get("modules_to_save"));
        }
        if (isSet(config, "use_dora") && config.get("use_dora").getAsBoolean()) {
            found.add("use_dora");
        }
        if (isSet(config, "bias") && !config.get("bias").getAsString().equals("none")) {
            found.add("bias is " + config.get("bias"));
        }
        for (String pattern : List.of("rank_pattern", "alpha_pattern")) {
            if (isSet(config, pattern)) {
                found.add(pattern + ", which vLLM does not read");
            }
        }
        tensors(adapter.resolve("adapter_model.safetensors"), rank, found);
        return found;
    }

    private static boolean isSet(JsonObject config, String key) {
        JsonElement value = config.get(key);
        return value != null
                && !value.isJsonNull()
                && !(value.isJsonArray() && value.getAsJsonArray().isEmpty())
                && !(value.isJsonObject() && value.getAsJsonObject().isEmpty());
    }

    private static void tensors(Path file, int rank, List<String> found) throws IOException {
        Map<String, List<String>> halves = new LinkedHashMap<>();
        try (SafeTensorsFile tensors = SafeTensorsFile.open(file)) {
            for (String name : tensors.names()) {
                Matcher matcher = TENSOR.matcher(name);
                if (!matcher.matches()) {
                    found.add(name + " is no LoRA tensor");
                    continue;
                }
                String module = matcher.group(1);
                if (!SUPPORTED.contains(module.substring(module.lastIndexOf('.') + 1))) {
                    found.add(module + " is no module that can be adapted");
                }
                halves.computeIfAbsent(module, key -> new ArrayList<>()).add(matcher.group(2));
                Shape shape = tensors.info(name).shape();
                if (shape.get(matcher.group(2).equals("A") ? 0 : 1) != rank) {
                    found.add(name + " is " + shape + ", not of rank " + rank);
                }
            }
        }
        halves.forEach(
                (module, both) -> {
                    if (both.size() != 2) {
                        found.add(module + " has but " + both);
                    }
                });
        if (halves.isEmpty()) {
            found.add("no tensors");
        }
    }
}
