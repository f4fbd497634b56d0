/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.adapter;

import com.google.gson.JsonElement;
import com.google.gson.JsonNull;
import com.google.gson.JsonObject;
import com.google.gson.JsonPrimitive;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import org.lora4j.core.LoraConfig;
import org.lora4j.core.variant.LoraVariant;
import org.lora4j.json.PythonJson;

/** The objects in which PEFT 0.21.2 has the settings of BD-LoRA, VeLoRA, MonteCLoRA and Arrow. */
final class VariantFields {
    private static final String DIAGONAL = "use_bdlora";
    private static final String VELORA = "velora_config";
    private static final String MONTECLORA = "monteclora_config";
    private static final String ARROW = "arrow_config";

    private VariantFields() {}

    /**
     * Reads the variants that a file asks for; an empty object asks for PEFT's defaults.
     *
     * @throws IllegalArgumentException if numbers make no sense
     */
    static List<LoraVariant> read(JsonFields fields) {
        List<LoraVariant> found = new ArrayList<>();
        JsonFields diagonal = fields.object(DIAGONAL);
        if (diagonal != null) {
            found.add(
                    new LoraVariant.BlockDiagonal(
                            diagonal.texts("target_modules_bd_a"),
                            diagonal.texts("target_modules_bd_b"),
                            diagonal.integer("nblocks", 1),
                            diagonal.get("match_strict") == null || diagonal.bool("match_strict")));
        }
        JsonFields velora = fields.object(VELORA);
        if (velora != null) {
            found.add(
                    new LoraVariant.Velora(
                            velora.integer("num_groups", 64),
                            velora.number("scale", 1),
                            direction(velora)));
        }
        JsonFields monte = fields.object(MONTECLORA);
        if (monte != null) {
            found.add(
                    new LoraVariant.Monteclora(
                            monte.integer("num_samples", 8),
                            monte.bool("use_entropy"),
                            monte.number("dirichlet_prior", 0.1),
                            monte.number("sample_scaler", 1e-4),
                            monte.number("kl_loss_weight", 1e-5),
                            monte.integer("buffer_size", 150)));
        }
        JsonFields arrow = fields.object(ARROW);
        if (arrow != null) {
            boolean seeded = arrow.get("rng_seed") != null;
            found.add(
                    new LoraVariant.Arrow(
                            arrow.texts("task_adapter_names"),
                            arrow.bool("use_gks") ? arrow.texts("gks_adapter_names") : List.of(),
                            arrow.integer("top_k", 3),
                            arrow.number("router_temperature", 1),
                            seeded ? (long) arrow.integer("rng_seed", 0) : null));
        }
        return found;
    }

    private static LoraVariant.Velora.Direction direction(JsonFields velora) {
        String name = velora.text("init_type");
        for (LoraVariant.Velora.Direction kind : LoraVariant.Velora.Direction.values()) {
            if (kind.name().toLowerCase(Locale.ROOT).equals(name)) {
                return kind;
            }
        }
        if (name != null) {
            velora.problem(
                    "init_type",
                    "\"batch_average\", \"batch_average_once\" or \"random\"",
                    velora.get("init_type"));
        }
        return LoraVariant.Velora.Direction.BATCH_AVERAGE;
    }

    static void write(FieldWriter<LoraConfig> writer) {
        writer.put(
                DIAGONAL,
                c -> of(LoraVariant.BlockDiagonal.class, c.variant()),
                VariantFields::json);
        writer.put(VELORA, c -> of(LoraVariant.Velora.class, c.variant()), VariantFields::json);
        writer.put(
                MONTECLORA,
                c -> of(LoraVariant.Monteclora.class, c.variant()),
                VariantFields::json);
        writer.put(ARROW, c -> of(LoraVariant.Arrow.class, c.variant()), VariantFields::json);
    }

    private static LoraVariant of(Class<? extends LoraVariant> type, LoraVariant variant) {
        return type.isInstance(variant) ? variant : LoraVariant.plain();
    }

    private static JsonElement json(LoraVariant variant) {
        JsonObject json = new JsonObject();
        if (variant instanceof LoraVariant.BlockDiagonal diagonal) {
            json.add("target_modules_bd_a", arrayOrNull(diagonal.ofA()));
            json.add("target_modules_bd_b", arrayOrNull(diagonal.ofB()));
            json.addProperty("nblocks", diagonal.blocks());
            json.addProperty("match_strict", diagonal.strict());
        } else if (variant instanceof LoraVariant.Velora velora) {
            json.addProperty("num_groups", velora.groups());
            json.add("scale", new JsonPrimitive(velora.scale()));
            json.addProperty("init_type", velora.direction().name().toLowerCase(Locale.ROOT));
        } else if (variant instanceof LoraVariant.Monteclora monte) {
            json.addProperty("num_samples", monte.samples());
            json.addProperty("use_entropy", monte.entropy());
            json.add("dirichlet_prior", new JsonPrimitive(monte.dirichletPrior()));
            json.add("sample_scaler", new JsonPrimitive(monte.sampleScaler()));
            json.add("kl_loss_weight", new JsonPrimitive(monte.klLossWeight()));
            json.addProperty("buffer_size", monte.bufferSize());
        } else if (variant instanceof LoraVariant.Arrow arrow) {
            Long seed = arrow.seed();
            json.addProperty("top_k", arrow.topK());
            json.add("router_temperature", new JsonPrimitive(arrow.temperature()));
            json.addProperty("use_gks", !arrow.general().isEmpty());
            json.add("task_adapter_names", PythonJson.array(arrow.experts()));
            json.add("gks_adapter_names", PythonJson.array(arrow.general()));
            json.add("rng_seed", seed == null ? JsonNull.INSTANCE : new JsonPrimitive(seed));
        } else {
            return JsonNull.INSTANCE;
        }
        return json;
    }

    private static JsonElement arrayOrNull(List<String> names) {
        return names.isEmpty() ? JsonNull.INSTANCE : PythonJson.array(names);
    }
}
