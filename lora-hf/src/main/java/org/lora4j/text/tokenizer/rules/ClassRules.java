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
import java.util.stream.Stream;
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
    private Extras extras = build -> build.additional(List.of());
    private boolean updatesPost;
    private boolean needsScores;

    /** Rules that are filed under the name of their class, to be stated after that. */
    static ClassRules of(Map<String, ClassRules> rules, String name) {
        ClassRules made = new ClassRules();
        rules.put(name, made);
        return made;
    }

    /**
     * Special tokens such as {@code "bos=<s> pad="}: names without {@code _token}, and texts, empty
     * for no token.
     */
    ClassRules tokens(String namesAndTexts) {
        for (String pair : namesAndTexts.split(" ", -1)) {
            int equal = pair.indexOf('=');
            String name = pair.substring(0, equal) + "_token";
            String text = pair.substring(equal + 1);
            defaults.put(name, text.isEmpty() ? null : AddedToken.of(text, true));
            plain.add(name);
        }
        return this;
    }

    /** Named tokens, in the notation of {@link #tokens}, that are special only by their use. */
    ClassRules ordinary(String namesAndTexts) {
        for (String pair : namesAndTexts.split(" ", -1)) {
            String[] parts = pair.split("=", 2);
            defaults.put(parts[0] + "_token", AddedToken.of(parts[1], false));
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

    /** Extra special tokens that the class makes by the settings. */
    ClassRules extras(Extras tokens) {
        extras = tokens;
        return this;
    }

    /** Extra special tokens that the class adds where the settings list none. */
    ClassRules extras(String... texts) {
        List<AddedToken> made = Stream.of(texts).map(text -> AddedToken.of(text, true)).toList();
        return extras(build -> build.additional(made));
    }

    /** Puts tokens around texts at the end, in the notation of {@link Components#template}. */
    ClassRules template(String single, String pair) {
        return afterwards(build -> build.post(Components.template(single, pair, build)));
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
