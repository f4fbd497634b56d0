/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.adapter;

import com.google.gson.JsonArray;
import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.lora4j.core.Bias;
import org.lora4j.core.LoraConfig;
import org.lora4j.core.LoraConfigBuilder;
import org.lora4j.core.TargetModules;
import org.lora4j.core.TrainableTokens;
import org.lora4j.core.variant.LoraVariant;

/** Turns the keys of adapter_config.json into a LoraConfig, with PEFT 0.21.2's defaults. */
final class PeftConfigReader {
    private static final int DEFAULT_RANK = 8;
    private static final double DEFAULT_ALPHA = 8;

    static final List<String> TASK_TYPES =
            List.of(
                    "SEQ_CLS",
                    "SEQ_2_SEQ_LM",
                    "CAUSAL_LM",
                    "TOKEN_CLS",
                    "QUESTION_ANS",
                    "FEATURE_EXTRACTION");

    private static final String TOKENS = "trainable_token_indices";

    private final JsonFields fields;

    private PeftConfigReader(JsonObject json) {
        this.fields = new JsonFields(json);
    }

    static LoraConfig read(JsonObject json, Path file) throws InvalidAdapterException {
        PeftConfigReader reader = new PeftConfigReader(json);
        LoraConfigBuilder builder =
                LoraConfig.builder()
                        .setRank(reader.fields.integer("r", DEFAULT_RANK))
                        .setAlpha(reader.fields.number("lora_alpha", DEFAULT_ALPHA))
                        .optDropout(reader.fields.number("lora_dropout", 0))
                        .optRslora(reader.fields.bool("use_rslora"))
                        .optDora(reader.fields.bool("use_dora"))
                        .optInit(PeftInits.init(reader.init()))
                        .optInitIterations(PeftInits.iterations(reader.init()))
                        .optBias(reader.bias())
                        .optLoraBias(reader.fields.bool("lora_bias"))
                        .optModulesToSave(reader.fields.texts("modules_to_save"))
                        .optRankPattern(reader.fields.integers("rank_pattern"))
                        .optAlphaPattern(reader.fields.numbers("alpha_pattern"))
                        .optTargetParameters(reader.fields.texts("target_parameters"));
        checkOthers(reader.fields);
        try {
            TargetModules targets = targets(reader.fields);
            TrainableTokens tokens = reader.tokens();
            LoraVariant variant = PeftVariants.read(reader.fields);
            reader.fields.throwIfAny(file);
            return builder.optTargets(targets)
                    .optTrainableTokens(tokens)
                    .optVariant(variant)
                    .build();
        } catch (IllegalArgumentException e) {
            // The types are right, a value is not: LoraConfig says which.
            reader.fields.throwIfAny(file);
            throw new InvalidAdapterException(file, String.valueOf(e.getMessage()), e);
        }
    }

    static TargetModules targets(JsonFields fields) {
        List<String> exclude = fields.textOrTexts("exclude_modules");
        TargetModules.Kind excludeKind =
                exclude.isEmpty()
                        ? TargetModules.Kind.UNSET
                        : isText(fields, "exclude_modules")
                                ? TargetModules.Kind.REGEX
                                : TargetModules.Kind.NAMES;
        return new TargetModules(
                targetKind(fields),
                targetKind(fields).isWord() ? List.of() : fields.textOrTexts("target_modules"),
                excludeKind,
                exclude,
                fields.integerOrIntegers("layers_to_transform"),
                fields.textOrTexts("layers_pattern").stream().filter(s -> !s.isEmpty()).toList(),
                // A file may list names of several architectures; PEFT asks for one that matches.
                true);
    }

    private static TargetModules.Kind targetKind(JsonFields fields) {
        JsonElement value = fields.get("target_modules");
        if (value == null) {
            return TargetModules.Kind.UNSET;
        }
        if (!isText(fields, "target_modules")) {
            // beside parameters an empty list is how PEFT is told to adapt no module
            boolean none =
                    value instanceof JsonArray names
                            && names.isEmpty()
                            && JsonFields.isTruthy(fields.get("target_parameters"));
            return none ? TargetModules.Kind.UNSET : TargetModules.Kind.NAMES;
        }
        TargetModules.Kind word = TargetModules.wordOf(value.getAsString());
        return word.isWord() ? word : TargetModules.Kind.REGEX;
    }

    static boolean isText(JsonFields fields, String key) {
        JsonElement value = fields.get(key);
        return value != null && JsonFields.isText(value);
    }

    /** A list is for the word table, an object for modules by name. */
    private TrainableTokens tokens() {
        return fields.get(TOKENS) instanceof JsonObject
                ? TrainableTokens.of(fields.integerLists(TOKENS))
                : new TrainableTokens(fields.integerList(TOKENS), Map.of());
    }

    /** Returns the name of what A and B began with, or an empty text where it is PEFT's default. */
    private String init() {
        JsonElement value = fields.get("init_lora_weights");
        if (value == null || !JsonFields.isText(value)) {
            fields.bool("init_lora_weights");
            return "";
        }
        return value.getAsString();
    }

    private Bias bias() {
        String name = fields.text("bias");
        if (name == null) {
            return Bias.NONE;
        }
        for (Bias bias : Bias.values()) {
            if (bias.name().toLowerCase(Locale.ROOT).equals(name)) {
                return bias;
            }
        }
        fields.problem("bias", "\"none\", \"all\" or \"lora_only\"", fields.get("bias"));
        return Bias.NONE;
    }

    static void checkOthers(JsonFields fields) {
        String taskType = fields.text("task_type");
        if (taskType != null && !TASK_TYPES.contains(taskType)) {
            fields.problem("task_type", "null or one of " + TASK_TYPES, fields.get("task_type"));
        }
        fields.text("base_model_name_or_path");
        fields.text("revision");
        fields.text("peft_version");
        fields.bool("fan_in_fan_out");
    }
}
