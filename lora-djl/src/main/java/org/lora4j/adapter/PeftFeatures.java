/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.adapter;

import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Set;

/**
 * Which of PEFT 0.21.2's LoRA features change what A and B mean, so that an adapter that asks for
 * them cannot be honoured.
 */
final class PeftFeatures {
    /** Keys that ask for something as soon as they are neither null, false nor empty. */
    private static final List<Refused> REFUSED =
            List.of(new Refused("layer_replication", "replicated layers"));

    private record Refused(String key, String feature) {}

    /**
     * Initialisations after which A and B are an ordinary update of an unchanged base, and so is
     * what PEFT does with a file that began with gradients.
     */
    private static final Set<String> PLAIN_INITS =
            Set.of("gaussian", "eva", "orthogonal", "mica", PeftInits.LORA_GA);

    private PeftFeatures() {}

    static List<String> unsupported(JsonObject config) {
        List<String> found = new ArrayList<>();
        JsonElement type = config.get("peft_type");
        if (type == null
                || !JsonFields.isText(type)
                || !PeftDefaults.TYPES.contains(type.getAsString())) {
            found.add("peft_type " + type + " (only " + PeftDefaults.TYPES + ")");
        }
        for (Refused refused : REFUSED) {
            if (JsonFields.isTruthy(config.get(refused.key()))) {
                found.add(refused.key() + " (" + refused.feature() + ")");
            }
        }
        JsonElement init = config.get("init_lora_weights");
        if (init != null && JsonFields.isText(init)) {
            String name = init.getAsString();
            if (!PLAIN_INITS.contains(name.toLowerCase(Locale.ROOT))
                    && !PeftInits.isPartOfWeight(name)) {
                found.add(
                        ("init_lora_weights \"%s\" (A and B belong to a base model that this"
                                        + " initialisation changed; convert the adapter in PEFT"
                                        + " with path_initial_model_for_weight_conversion)")
                                .formatted(name));
            }
        }
        return found;
    }
}
