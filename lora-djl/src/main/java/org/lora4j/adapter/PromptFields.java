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
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.lora4j.core.SoftPromptConfig;
import org.lora4j.core.SoftPromptConfig.Encoder;
import org.lora4j.core.SoftPromptConfig.Network;
import org.lora4j.core.SoftPromptConfig.Source;
import org.lora4j.core.SoftPromptConfig.Text;
import org.lora4j.json.PythonJson;

/**
 * The keys of adapter_config.json that peft 0.21.2 has for soft prompts: its PromptTuningConfig and
 * PromptEncoderConfig.
 */
final class PromptFields {
    private PromptFields() {}

    static SoftPromptConfig read(JsonObject json, Path file, boolean encoded)
            throws InvalidAdapterException {
        JsonFields fields = new JsonFields(json);
        PeftConfigReader.checkOthers(fields);
        List<String> whole = fields.texts("modules_to_save");
        int tokens = fields.integer("num_virtual_tokens", 0);
        integer(fields, "token_dim", 0); // the model decides; PeftConfigFile.promptWidth tells
        int modules = integer(fields, "num_transformer_submodules", 1);
        if (modules != 1) {
            fields.problem(
                    "num_transformer_submodules", "1", fields.get("num_transformer_submodules"));
        }
        try {
            Source source = encoded ? encoder(fields) : source(fields);
            fields.throwIfAny(file);
            return new SoftPromptConfig(tokens, source, whole, 0);
        } catch (IllegalArgumentException e) {
            // The types are right, a value is not: the configuration says which.
            fields.throwIfAny(file);
            throw new InvalidAdapterException(file, String.valueOf(e.getMessage()), e);
        }
    }

    /** An integer, for which PEFT may have written null. */
    private static int integer(JsonFields fields, String key, int otherwise) {
        return fields.get(key) == null ? otherwise : fields.integer(key, otherwise);
    }

    private static Source source(JsonFields fields) {
        String init = Objects.requireNonNullElse(fields.text("prompt_tuning_init"), "RANDOM");
        String text = fields.text("prompt_tuning_init_text");
        fields.text("tokenizer_name_or_path");
        return switch (init) {
            case "RANDOM" -> new SoftPromptConfig.Random();
            case "SAMPLE_VOCAB" -> new SoftPromptConfig.SampledVocabulary();
            case "TEXT" -> new Text(text == null ? "" : text, List.of());
            default -> {
                fields.problem(
                        "prompt_tuning_init",
                        "\"RANDOM\", \"SAMPLE_VOCAB\" or \"TEXT\"",
                        fields.get("prompt_tuning_init"));
                yield new SoftPromptConfig.Random();
            }
        };
    }

    private static Source encoder(JsonFields fields) {
        String key = "encoder_reparameterization_type";
        String type = Objects.requireNonNullElse(fields.text(key), "MLP");
        int width = integer(fields, "encoder_hidden_size", 0);
        int layers = fields.integer("encoder_num_layers", Encoder.DEFAULT_LAYERS);
        double dropout = fields.number("encoder_dropout", 0);
        if (type.equals("LSTM")) {
            return new Encoder(Network.LSTM, width, layers, dropout);
        }
        if (!type.equals("MLP")) {
            fields.problem(key, "\"MLP\" or \"LSTM\"", fields.get(key));
        }
        return new Encoder(Network.MLP, width, Encoder.DEFAULT_LAYERS); // PEFT ignores the rest
    }

    static void write(FieldWriter<SoftPromptConfig> fields) {
        fields.put("num_virtual_tokens", SoftPromptConfig::virtualTokens, JsonPrimitive::new);
        fields.put("modules_to_save", SoftPromptConfig::modulesToSave, PromptFields::arrayOrNull);
        if (fields.now().source() instanceof Encoder) {
            fields.put(
                    "encoder_reparameterization_type",
                    c -> encoder(c).network().name(),
                    JsonPrimitive::new);
            fields.put(
                    "encoder_hidden_size",
                    c -> encoder(c).hiddenSize(),
                    width -> width == 0 ? JsonNull.INSTANCE : new JsonPrimitive(width));
            fields.put("encoder_num_layers", c -> encoder(c).layers(), JsonPrimitive::new);
            fields.put("encoder_dropout", c -> encoder(c).dropout(), JsonPrimitive::new);
            return;
        }
        fields.put("prompt_tuning_init", PromptFields::init, JsonPrimitive::new);
        fields.put("prompt_tuning_init_text", PromptFields::text, PromptFields::textOrNull);
    }

    private static Encoder encoder(SoftPromptConfig config) {
        return (Encoder) config.source();
    }

    private static String init(SoftPromptConfig config) {
        if (config.source() instanceof Text) {
            return "TEXT";
        }
        boolean drawn = config.source() instanceof SoftPromptConfig.Random;
        return (drawn ? "random" : "sample_vocab").toUpperCase(Locale.ROOT);
    }

    private static @Nullable String text(SoftPromptConfig config) {
        return config.source() instanceof Text text ? text.text() : null;
    }

    private static JsonElement textOrNull(@Nullable String text) {
        return text == null ? JsonNull.INSTANCE : new JsonPrimitive(text);
    }

    private static JsonElement arrayOrNull(List<String> names) {
        return names.isEmpty() ? JsonNull.INSTANCE : PythonJson.array(names);
    }
}
