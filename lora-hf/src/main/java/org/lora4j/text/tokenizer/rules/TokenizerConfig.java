/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.text.tokenizer.rules;

import com.google.gson.JsonArray;
import com.google.gson.JsonElement;
import com.google.gson.JsonNull;
import com.google.gson.JsonObject;
import com.google.gson.JsonPrimitive;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.OptionalInt;
import java.util.Set;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;
import org.lora4j.json.JsonFile;
import org.lora4j.text.tokenizer.json.AddedToken;
import org.lora4j.text.tokenizer.json.AddedTokenList;
import org.lora4j.text.tokenizer.json.JsonFields;
import org.lora4j.text.tokenizer.json.TokenizerFormatException;
import org.lora4j.text.tokenizer.json.TokenizerJson;

/**
 * What the files beside tokenizer.json say of the tokenizer, put together as transformers 5 does it
 * ({@code PreTrainedTokenizerBase._from_pretrained}): tokenizer_config.json, whose
 * added_tokens_decoder goes before the added tokens of tokenizer.json; special_tokens_map.json and
 * added_tokens.json only where it has none.
 */
public final class TokenizerConfig {
    /** The named special tokens that every class has, in transformers' order. */
    public static final List<String> NAMES =
            List.of(
                    "bos_token",
                    "eos_token",
                    "unk_token",
                    "sep_token",
                    "pad_token",
                    "cls_token",
                    "mask_token");

    private final JsonObject config;
    private final JsonObject modelConfig;
    private final Map<Integer, AddedToken> added;
    private final Map<String, JsonElement> named = new LinkedHashMap<>();
    private final Map<String, JsonElement> modelSpecific = new LinkedHashMap<>();
    private @Nullable JsonArray extra;
    private @Nullable JsonArray additional;

    private TokenizerConfig(
            JsonObject config, JsonObject modelConfig, Map<Integer, AddedToken> added) {
        this.config = config;
        this.modelConfig = modelConfig;
        this.added = added;
    }

    public static TokenizerConfig read(Path directory, TokenizerJson tokenizer) throws IOException {
        JsonObject config = JsonFile.readObjectIfThere(directory.resolve("tokenizer_config.json"));
        JsonObject modelConfig = JsonFile.readObjectIfThere(directory.resolve("config.json"));
        Map<Integer, AddedToken> added = new TreeMap<>();
        TokenizerConfig read = new TokenizerConfig(config, modelConfig, added);
        read.readTokens();
        JsonElement decoder = config.get("added_tokens_decoder");
        if (decoder != null && !decoder.isJsonNull()) {
            readDecoder(decoder, added);
        } else {
            read.override(JsonFile.readObjectIfThere(directory.resolve("special_tokens_map.json")));
            read.readLegacy(JsonFile.readObjectIfThere(directory.resolve("added_tokens.json")));
            tokenizer.added().forEach(entry -> added.put(entry.id(), entry.token()));
        }
        return read;
    }

    private static void readDecoder(JsonElement decoder, Map<Integer, AddedToken> added)
            throws TokenizerFormatException {
        JsonFields.of(decoder, "added_tokens_decoder");
        for (Map.Entry<String, JsonElement> entry : decoder.getAsJsonObject().entrySet()) {
            String place = "added_tokens_decoder." + entry.getKey();
            JsonElement key = new JsonPrimitive(entry.getKey());
            if (!entry.getKey().matches("[0-9]{1,10}")) {
                throw JsonFields.wrong(place, "an id", key);
            }
            int id =
                    JsonFields.count(
                            new JsonPrimitive(Long.parseLong(entry.getKey())),
                            place,
                            AddedTokenList.LARGEST_ID);
            added.put(id, AddedToken.read(JsonFields.of(entry.getValue(), place)));
        }
    }

    /** Sorts the tokens of tokenizer_config.json into named, model-specific and extra ones. */
    private void readTokens() throws TokenizerFormatException {
        for (Map.Entry<String, JsonElement> entry : config.entrySet()) {
            String name = entry.getKey();
            JsonElement value = entry.getValue();
            if (NAMES.contains(name)) {
                named.put(name, value);
            } else if (name.endsWith("_token") && isText(value)) {
                modelSpecific.put(name, value);
            }
        }
        JsonElement given = config.get("extra_special_tokens");
        JsonElement older = config.get("additional_special_tokens");
        if (given instanceof JsonObject tokens) {
            tokens.entrySet().forEach(e -> modelSpecific.put(e.getKey(), e.getValue()));
            extra = older instanceof JsonArray list && tokens.isEmpty() ? list : null;
        } else if (given instanceof JsonArray list && !list.isEmpty()) {
            extra = list;
            additional = older instanceof JsonArray others ? others : null;
        } else if (older instanceof JsonArray list) {
            extra = list;
        } else if (given instanceof JsonArray none) {
            extra = none;
        } else if (given != null && !given.isJsonNull()) {
            throw JsonFields.wrong("extra_special_tokens", "a list or an object", given);
        }
    }

    /** special_tokens_map.json, which transformers reads over tokenizer_config.json. */
    private void override(JsonObject map) throws TokenizerFormatException {
        for (Map.Entry<String, JsonElement> entry : map.entrySet()) {
            String name = entry.getKey();
            JsonElement value = entry.getValue();
            if (NAMES.contains(name)) {
                named.put(name, value);
            } else if (name.equals("additional_special_tokens") && value.isJsonArray()) {
                additional = value.getAsJsonArray();
            } else if (name.equals("extra_special_tokens") && value.isJsonArray()) {
                JsonArray both = new JsonArray();
                if (extra != null) {
                    both.addAll(extra);
                }
                for (JsonElement token : value.getAsJsonArray()) {
                    if (!both.contains(token)) {
                        both.add(token);
                    }
                }
                extra = both;
            } else if (name.endsWith("_token") && isToken(value)) {
                modelSpecific.put(name, value);
            }
        }
    }

    /** added_tokens.json of the time before tokenizer.json: ids by text. */
    private void readLegacy(JsonObject tokens) throws TokenizerFormatException {
        List<String> special = new ArrayList<>();
        for (JsonElement value : named.values()) {
            if (isToken(value)) {
                special.add(AddedToken.read(value, "special_tokens_map").content());
            }
        }
        for (AddedToken token : extras()) {
            special.add(token.content());
        }
        for (Map.Entry<String, JsonElement> entry : tokens.entrySet()) {
            String place = "added_tokens.json: " + entry.getKey();
            int id = JsonFields.count(entry.getValue(), place, AddedTokenList.LARGEST_ID);
            JsonFields.requireWellFormed(entry.getKey(), place);
            added.put(id, AddedToken.of(entry.getKey(), special.contains(entry.getKey())));
        }
    }

    private static boolean isText(JsonElement value) {
        return value instanceof JsonPrimitive primitive && primitive.isString();
    }

    private static boolean isToken(JsonElement value) {
        return isText(value)
                || (value.isJsonObject() && isText(orNull(value.getAsJsonObject(), "content")));
    }

    private static JsonElement orNull(JsonObject object, String name) {
        return Objects.requireNonNullElse(object.get(name), JsonNull.INSTANCE);
    }

    /** The name of the class in tokenizer_config.json, else in config.json. */
    @Nullable String tokenizerClass(boolean ofTokenizerConfig) throws TokenizerFormatException {
        JsonFields fields = new JsonFields(ofTokenizerConfig ? config : modelConfig, "");
        return fields.textOrNull("tokenizer_class");
    }

    /** The model_type of config.json, "" where there is none. */
    String modelType() {
        JsonElement type = modelConfig.get("model_type");
        return type != null && isText(type) ? type.getAsString() : "";
    }

    /** The longest input in tokens; transformers writes 1e30 where there is no bound. */
    public OptionalInt maxLength() {
        return whole(config.get("model_max_length"), 1, Integer.MAX_VALUE - 1);
    }

    /** The end token of config.json, the first of several. */
    public OptionalInt modelEnd() {
        JsonElement ids = modelConfig.get("eos_token_id");
        return whole(
                ids instanceof JsonArray list && !list.isEmpty() ? list.get(0) : ids,
                0,
                Integer.MAX_VALUE);
    }

    private static OptionalInt whole(@Nullable JsonElement value, int least, int most) {
        double number =
                value instanceof JsonPrimitive given && given.isNumber() ? given.getAsDouble() : -1;
        return number >= least && number <= most
                ? OptionalInt.of((int) number)
                : OptionalInt.empty();
    }

    /** Whether the directory asks for Python code of its own to tokenize. */
    boolean hasOwnCode() {
        JsonElement map = config.get("auto_map");
        return map != null
                && (map.isJsonArray()
                        || (map.isJsonObject() && map.getAsJsonObject().has("AutoTokenizer")));
    }

    /** Any field of tokenizer_config.json. */
    public JsonFields fields() {
        return new JsonFields(config, "");
    }

    /** Whether a field is given as null, which takes a class's own token away. */
    boolean isNull(String name) {
        JsonElement value = config.get(name);
        return value != null && value.isJsonNull();
    }

    /** Whether a named token is given, be it as null. */
    boolean names(String name) {
        return named.containsKey(name);
    }

    /** A named token: with the flags of the added token of its text, where there is one. */
    @Nullable AddedToken token(String name) throws TokenizerFormatException {
        JsonElement value = named.get(name);
        if (value == null || value.isJsonNull()) {
            return null;
        }
        if (!isToken(value)) {
            throw JsonFields.wrong(name, "a token", value);
        }
        AddedToken token = AddedToken.read(value, name);
        for (AddedToken each : added.values()) {
            if (each.content().equals(token.content())) {
                return each;
            }
        }
        return token;
    }

    /** Whether a named token is written as an object, with flags of its own. */
    boolean hasFlags(String name) throws TokenizerFormatException {
        JsonElement value = named.get(name);
        AddedToken token = token(name);
        return value != null
                && token != null
                && (value.isJsonObject()
                        || added.values().stream()
                                .anyMatch(each -> each.content().equals(token.content())));
    }

    /** Tokens with names that only this model has, such as image_token. */
    Map<String, AddedToken> modelSpecific() throws TokenizerFormatException {
        Map<String, AddedToken> tokens = new LinkedHashMap<>();
        for (Map.Entry<String, JsonElement> entry : modelSpecific.entrySet()) {
            tokens.put(entry.getKey(), AddedToken.read(entry.getValue(), entry.getKey()));
        }
        return tokens;
    }

    /** Whether extra_special_tokens is a list, so that a class adds none of its own. */
    boolean hasExtras() {
        return extra != null;
    }

    /** The extra special tokens. */
    List<AddedToken> extras() throws TokenizerFormatException {
        return tokens(extra);
    }

    /** What a class receives as additional_special_tokens, or null. */
    @Nullable List<AddedToken> additional() throws TokenizerFormatException {
        return additional == null ? null : tokens(additional);
    }

    private static List<AddedToken> tokens(@Nullable JsonArray list)
            throws TokenizerFormatException {
        List<AddedToken> tokens = new ArrayList<>();
        if (list != null) {
            for (JsonElement token : list) {
                tokens.add(AddedToken.read(token, "extra_special_tokens"));
            }
        }
        return tokens;
    }

    /** The added tokens by the id at which they are listed. */
    public Map<Integer, AddedToken> added() {
        return added;
    }

    /** Keys that this release cannot honour and whose value would change tokens. */
    public void refuseUnknown() throws TokenizerFormatException {
        for (String name : Set.of("fast_tokenizer_files", "fix_mistral_regex")) {
            JsonElement value = config.get(name);
            boolean asks =
                    value != null
                            && !value.isJsonNull()
                            && !(value instanceof JsonPrimitive flag && !flag.getAsBoolean());
            if (asks) {
                throw new TokenizerFormatException(
                        "it asks for %s, which is not supported; expected none", name);
            }
        }
    }
}
