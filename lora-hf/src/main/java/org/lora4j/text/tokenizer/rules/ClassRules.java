/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.text.tokenizer.rules;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.lora4j.text.tokenizer.json.AddedToken;
import org.lora4j.text.tokenizer.json.TokenizerFormatException;

/**
 * How a tokenizer class of transformers builds its tokenizer: the special tokens that it names by
 * itself, the components that it makes, and what it does once all tokens are added.
 */
public final class ClassRules {
    /** A step of building. */
    @FunctionalInterface
    interface Step {
        void apply(ClassBuild build) throws TokenizerFormatException;
    }

    /** Makes tokens, which may depend on the settings. */
    @FunctionalInterface
    interface Extras {
        List<AddedToken> of(ClassBuild build) throws TokenizerFormatException;
    }

    private final Map<String, @Nullable AddedToken> defaults = new LinkedHashMap<>();
    private final List<String> plain = new ArrayList<>();
    private Step components = build -> {};
    private Step afterwards = build -> {};
    private Extras extras =
            build -> {
                List<AddedToken> given = build.additional();
                return given == null ? List.of() : given;
            };
    private boolean updatesPost;
    private boolean needsScores;

    /** Names of special tokens and their texts, one after the other; null for no token. */
    ClassRules tokens(String... namesAndTexts) {
        for (int i = 0; i < namesAndTexts.length; i += 2) {
            String text = namesAndTexts[i + 1];
            defaults.put(namesAndTexts[i], text.isEmpty() ? null : AddedToken.of(text, true));
            plain.add(namesAndTexts[i]);
        }
        return this;
    }

    /**
     * A special token to which the class gives conditions where it is written as a plain string.
     */
    ClassRules token(String name, AddedToken token) {
        defaults.put(name, token);
        return this;
    }

    ClassRules components(Step step) {
        components = step;
        return this;
    }

    ClassRules afterwards(Step step) {
        afterwards = step;
        return this;
    }

    /** Extra special tokens that the class adds where the settings list none. */
    ClassRules extras(Extras tokens) {
        extras = tokens;
        return this;
    }

    /** The class takes no post-processor from tokenizer.json. */
    ClassRules updatesPost() {
        updatesPost = true;
        return this;
    }

    /** The class builds a Unigram model, whose pieces have scores. */
    public ClassRules needsScores() {
        needsScores = true;
        return this;
    }

    Map<String, @Nullable AddedToken> defaults() {
        return defaults;
    }

    /** Whether the class leaves a token that is written as a plain string as it is. */
    boolean keepsPlain(String name) {
        return plain.contains(name) || !defaults.containsKey(name);
    }

    Step components() {
        return components;
    }

    Step afterwards() {
        return afterwards;
    }

    Extras extras() {
        return extras;
    }

    public boolean isNeedingScores() {
        return needsScores;
    }

    boolean isUpdatingPost() {
        return updatesPost;
    }
}
