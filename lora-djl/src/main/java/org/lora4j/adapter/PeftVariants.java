/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.adapter;

import com.google.gson.JsonElement;
import com.google.gson.JsonNull;
import java.util.List;
import org.lora4j.core.LoraConfig;
import org.lora4j.core.variant.LoraVariant;
import org.lora4j.json.PythonJson;

/** The keys of PEFT's variants of LoRA. */
final class PeftVariants {
    private static final String INVOCATION = "alora_invocation_tokens";

    private PeftVariants() {}

    /**
     * Reads the variant; an empty list or null asks for none, as in PEFT.
     *
     * @throws IllegalArgumentException if its numbers make no sense
     */
    static LoraVariant read(JsonFields fields) {
        List<Integer> invocation = fields.integerList(INVOCATION);
        return invocation.isEmpty()
                ? LoraVariant.PLAIN
                : new LoraVariant.Activated(invocation);
    }

    static void write(FieldWriter<LoraConfig> writer) {
        writer.put(INVOCATION, c -> invocation(c.variant()), PeftVariants::arrayOrNull);
    }

    private static List<Integer> invocation(LoraVariant variant) {
        return variant instanceof LoraVariant.Activated activated
                ? activated.invocation()
                : List.of();
    }

    private static JsonElement arrayOrNull(List<Integer> ids) {
        return ids.isEmpty() ? JsonNull.INSTANCE : PythonJson.array(ids);
    }
}
