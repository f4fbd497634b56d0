/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.text.tokenizer.rules;

import com.google.gson.JsonElement;
import com.google.gson.JsonNull;
import com.google.gson.JsonObject;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.lora4j.text.tokenizer.json.AddedToken;
import org.lora4j.text.tokenizer.json.AddedTokenList;
import org.lora4j.text.tokenizer.json.ComponentCheck;
import org.lora4j.text.tokenizer.json.ModelPart;
import org.lora4j.text.tokenizer.json.TokenizerFormatException;
import org.lora4j.text.tokenizer.json.TokenizerJson;
import org.lora4j.text.tokenizer.json.Vocabulary;

/**
 * A tokenizer while it is put together from tokenizer.json, the settings beside it and the rules of
 * its class, in the order of transformers' {@code TokenizersBackend.__init__}. Not safe for
 * concurrent use.
 */
public final class ClassBuild {
    private final TokenizerJson file;
    private final TokenizerConfig config;
    private final ClassRules rules;
    private final Map<ComponentCheck, JsonElement> components = new EnumMap<>(ComponentCheck.class);
    private final Map<String, AddedToken> named = new LinkedHashMap<>();
    private final AddedTokenList added;
    private ModelPart model;
    private List<AddedToken> extras = List.of();

    private ClassBuild(TokenizerJson file, TokenizerConfig config, ClassRules rules) {
        this.file = file;
        this.config = config;
        this.rules = rules;
        this.model = file.model();
        this.added = new AddedTokenList(model.vocabulary());
        components.putAll(file.components());
    }

    public static ClassBuild of(
            TokenizerJson file, TokenizerConfig config, ClassRules rules, boolean rebuilt)
            throws TokenizerFormatException {
        ClassBuild build = new ClassBuild(file, config, rules);
        build.nameTokens();
        if (rebuilt) {
            for (ComponentCheck component : ComponentCheck.values()) {
                build.components.put(component, JsonNull.INSTANCE);
            }
            rules.components().apply(build);
        } else {
            build.added.add(file.added().stream().map(TokenizerJson.Entry::token).toList());
        }
        if (build.hasPostOfFile()) {
            build.post(build.ofFile(ComponentCheck.POST_PROCESSOR));
        }
        build.addTokens();
        if (build.get(ComponentCheck.POST_PROCESSOR).isJsonNull() || rules.isUpdatingPost()) {
            build.post(Components.textsAlone(build));
        }
        rules.afterwards().apply(build);
        return build;
    }

    /** The named tokens: those of the settings, else of the class. */
    private void nameTokens() throws TokenizerFormatException {
        Map<String, @Nullable AddedToken> all = new LinkedHashMap<>();
        for (String name : TokenizerConfig.NAMES) {
            all.put(name, given(name));
        }
        rules.defaults()
                .forEach(
                        (name, token) -> {
                            if (!all.containsKey(name)) {
                                all.put(name, config.isNull(name) ? null : token);
                            }
                        });
        String padding = file.paddingToken();
        if (padding != null
                && !config.names("pad_token")
                && !rules.defaults().containsKey("pad_token")) {
            all.put("pad_token", AddedToken.of(padding, true));
        }
        all.putAll(config.modelSpecific());
        all.forEach(
                (name, token) -> {
                    if (token != null) {
                        named.put(name, token);
                    }
                });
    }

    private @Nullable AddedToken given(String name) throws TokenizerFormatException {
        AddedToken byClass = rules.defaults().get(name);
        if (!config.names(name)) {
            return byClass;
        }
        AddedToken token = config.token(name);
        if (token == null || byClass == null) {
            return token;
        }
        return config.hasFlags(name) || rules.keepsPlain(name)
                ? token
                : new AddedToken(
                        token.content(),
                        byClass.singleWord(),
                        byClass.lstrip(),
                        byClass.rstrip(),
                        byClass.normalized(),
                        byClass.special());
    }

    private void addTokens() throws TokenizerFormatException {
        List<AddedToken> adding = new ArrayList<>();
        for (AddedToken token : config.added().values()) {
            if (!added.contains(token)) {
                adding.add(token);
            }
        }
        Set<String> texts = new HashSet<>();
        added.byId().values().forEach(token -> texts.add(token.content()));
        adding.forEach(token -> texts.add(token.content()));
        extras = config.hasExtras() ? config.extras() : rules.extras().of(this);
        for (AddedToken token : special()) {
            if (!texts.contains(token.content()) && !adding.contains(token)) {
                adding.add(token);
            }
        }
        List<String> names = named.values().stream().map(AddedToken::content).toList();
        added.add(
                adding.stream().map(t -> names.contains(t.content()) ? t.asSpecial() : t).toList());
    }

    // What the rules of a class read.

    /** The text of a named token, or "None", as Python's str gives it. */
    String text(String name) {
        AddedToken token = named.get(name);
        return token == null ? "None" : token.content();
    }

    /** The text of a named token that the class puts around texts. */
    String required(String name) throws TokenizerFormatException {
        AddedToken token = named.get(name);
        if (token == null) {
            throw new TokenizerFormatException(
                    "its class puts the %s around a text, which is null; expected a token", name);
        }
        return token.content();
    }

    /** The id of a named token, or the one that a class takes where there is none. */
    int id(String name, int otherwise) {
        AddedToken token = named.get(name);
        OptionalInt id = token == null ? OptionalInt.empty() : added.id(token.content());
        return id.orElse(otherwise);
    }

    /** The id of a text, else of the unknown token. */
    int idOfText(String text) throws TokenizerFormatException {
        OptionalInt id = added.id(text);
        if (id.isEmpty()) {
            id = added.id(text("unk_token"));
        }
        if (id.isEmpty()) {
            throw new TokenizerFormatException(
                    "its class puts the token %s around a text, which neither the vocabulary nor"
                            + " the added tokens have",
                    text);
        }
        return id.getAsInt();
    }

    boolean names(String name) {
        return named.containsKey(name);
    }

    /** Whether tokenizer.json itself has a post-processor. */
    boolean hasPostOfFile() {
        return !ofFile(ComponentCheck.POST_PROCESSOR).isJsonNull();
    }

    private JsonElement ofFile(ComponentCheck component) {
        return file.components().getOrDefault(component, JsonNull.INSTANCE);
    }

    boolean flag(String name, boolean otherwise) throws TokenizerFormatException {
        return config.fields().flag(name, otherwise);
    }

    @Nullable Boolean flagOrNull(String name) throws TokenizerFormatException {
        return config.fields().flagOrNull(name);
    }

    int count(String name, int otherwise) throws TokenizerFormatException {
        return config.fields().has(name)
                ? config.fields().count(name, AddedTokenList.LARGEST_ID)
                : otherwise;
    }

    @Nullable String setting(String name) throws TokenizerFormatException {
        return config.fields().textOrNull(name);
    }

    /** What the class receives as additional_special_tokens. */
    List<AddedToken> additional(List<AddedToken> otherwise) throws TokenizerFormatException {
        List<AddedToken> given = config.additional();
        return given == null ? otherwise : given;
    }

    /** The first charsmap of the file's normalizer, or null. */
    @Nullable JsonObject charsmap() {
        JsonElement given = ofFile(ComponentCheck.NORMALIZER);
        if (!given.isJsonObject()) {
            return null;
        }
        JsonObject normalizer = given.getAsJsonObject();
        List<JsonElement> parts =
                normalizer.has("normalizers")
                        ? normalizer.getAsJsonArray("normalizers").asList()
                        : List.of(normalizer);
        for (JsonElement part : parts) {
            if (part.getAsJsonObject().has("precompiled_charsmap")) {
                return part.getAsJsonObject();
            }
        }
        return null;
    }

    Vocabulary vocabulary() {
        return model.vocabulary();
    }

    // What the rules of a class write.

    /** Takes the vocabulary of the file and, for a BPE model, its merges. */
    void model(String type, JsonObject fields) throws TokenizerFormatException {
        if (type.equals("Unigram") != model.vocabulary().scored()) {
            throw new TokenizerFormatException(
                    "its class needs a model of the type %s, found %s; set \"tokenizer_class\" to"
                            + " \"TokenizersBackend\" if tokenizer.json is right for this model",
                    type, model.type());
        }
        List<Vocabulary.Piece> merges = type.equals("BPE") ? model.merges() : List.of();
        model = new ModelPart(type, fields, model.vocabulary(), merges);
    }

    void normalizers(@Nullable JsonObject... parts) {
        normalizer(Components.sequence("normalizers", parts));
    }

    void preTokenizers(@Nullable JsonObject... parts) {
        preTokenizer(Components.sequence("pretokenizers", parts));
    }

    void normalizer(JsonElement part) {
        components.put(ComponentCheck.NORMALIZER, part);
    }

    void preTokenizer(JsonElement part) {
        components.put(ComponentCheck.PRE_TOKENIZER, part);
    }

    void decoder(JsonElement part) {
        components.put(ComponentCheck.DECODER, part);
    }

    void post(JsonElement part) {
        components.put(ComponentCheck.POST_PROCESSOR, part);
    }

    void add(List<AddedToken> tokens) throws TokenizerFormatException {
        added.add(tokens);
    }

    // What was built.

    public ModelPart model() {
        return model;
    }

    public JsonElement get(ComponentCheck component) {
        return components.getOrDefault(component, JsonNull.INSTANCE);
    }

    public AddedTokenList added() {
        return added;
    }

    public Map<String, AddedToken> named() {
        return named;
    }

    /** The named tokens, then the extra ones. */
    List<AddedToken> special() {
        List<AddedToken> tokens = new ArrayList<>(named.values());
        tokens.addAll(extras);
        return tokens;
    }
}
