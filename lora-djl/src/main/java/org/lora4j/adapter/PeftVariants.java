/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.adapter;

import com.google.gson.JsonElement;
import com.google.gson.JsonNull;
import com.google.gson.JsonObject;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.lora4j.core.LoraConfig;
import org.lora4j.core.variant.LoraVariant;
import org.lora4j.json.PythonJson;

/** The keys of PEFT's variants of LoRA. */
final class PeftVariants {
    private static final String INVOCATION = "alora_invocation_tokens";
    private static final String KASA = "kasa_config";

    private PeftVariants() {}

    /**
     * Reads the variant; an empty list or null asks for none, and an empty object for PEFT's
     * defaults, as there.
     *
     * @throws IllegalArgumentException if its numbers make no sense
     */
    static LoraVariant read(JsonFields fields) {
        List<Integer> invocation = fields.integerList(INVOCATION);
        List<LoraVariant> asked = new ArrayList<>(VariantFields.read(fields));
        LoraVariant kasa = kasa(fields);
        if (kasa != null) {
            asked.add(kasa);
        }
        if (!invocation.isEmpty()) {
            asked.add(new LoraVariant.Activated(invocation));
        }
        if (asked.size() > 1) {
            throw new IllegalArgumentException(
                    "an adapter is of one variant of LoRA, and this one asks for "
                            + asked.stream().map(LoraVariant::title).toList());
        }
        return asked.isEmpty() ? LoraVariant.plain() : asked.get(0);
    }

    private static LoraVariant.@Nullable Kasa kasa(JsonFields fields) {
        JsonFields own = fields.object(KASA);
        return own == null
                ? null
                : new LoraVariant.Kasa(
                        own.number("beta", LoraVariant.Kasa.DEFAULT_BETA),
                        own.number("gamma", LoraVariant.Kasa.DEFAULT_GAMMA));
    }

    static void write(FieldWriter<LoraConfig> writer) {
        writer.put(INVOCATION, c -> invocation(c.variant()), PeftVariants::arrayOrNull);
        writer.put(KASA, c -> kasa(c.variant()), PeftVariants::json);
        VariantFields.write(writer);
    }

    private static LoraVariant kasa(LoraVariant variant) {
        return variant instanceof LoraVariant.Kasa ? variant : LoraVariant.plain();
    }

    private static JsonElement json(LoraVariant variant) {
        if (!(variant instanceof LoraVariant.Kasa kasa)) {
            return JsonNull.INSTANCE;
        }
        JsonObject json = new JsonObject();
        json.addProperty("beta", kasa.beta());
        json.addProperty("gamma", kasa.gamma());
        return json;
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
