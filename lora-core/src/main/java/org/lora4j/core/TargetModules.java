/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.core;

import java.util.Collection;
import java.util.List;
import java.util.Locale;
import org.lora4j.core.regex.BoundedRegex;

/**
 * Which modules are adapted: PEFT's target_modules, exclude_modules, layers_to_transform and
 * layers_pattern as one immutable value. {@link TargetMatcher} says what the fields select.
 *
 * @param kind how {@code names} is read
 * @param names for {@link Kind#NAMES} one or more full paths or endings of paths; for {@link
 *     Kind#REGEX} exactly one pattern; empty otherwise
 * @param excludeKind how {@code exclude} is read: {@link Kind#UNSET} (nothing is excluded), {@link
 *     Kind#NAMES} or {@link Kind#REGEX}
 * @param exclude names or one pattern of modules that are never adapted; checked first
 * @param layersToTransform indices of the layers to adapt, from 0; empty means all. Only modules
 *     selected by the ending of their path are filtered: a full path in {@code names} always counts
 * @param layersPattern names (Python patterns) of the list that holds the layers, such as "layers"
 *     or "h"; empty means the first number in the path that has two segments before it
 * @param allowUnmatched whether a name that matches nothing is accepted; false by default
 */
public record TargetModules(
        Kind kind,
        List<String> names,
        Kind excludeKind,
        List<String> exclude,
        List<Integer> layersToTransform,
        List<String> layersPattern,
        boolean allowUnmatched) {
    /** The prefix by which a name is written as a pattern: {@code "regex:.*\\.(query|value)"}. */
    public static final String REGEX_PREFIX = "regex:";

    /** The word (in any case) that stands for every linear layer but the output head. */
    public static final String ALL_LINEAR = "all-linear";

    /**
     * The word (in any case) that stands for every layer that can be adapted but the output head.
     */
    public static final String ALL_LAYERS = "all-layers";

    private static final TargetModules UNSET = of(Kind.UNSET, List.of());

    /** How the names of a {@link TargetModules} are read. */
    public enum Kind {
        /** Nothing was asked for; a model family may have its own default. */
        UNSET,
        /** Each name is a full path or ends one, on a dot. */
        NAMES,
        /** One Python pattern that matches whole paths. */
        REGEX,
        /** Every linear layer but the output head. */
        ALL_LINEAR,
        /**
         * Every layer of any kind but the output head: convolutions, embeddings, and weights that
         * are adapted by themselves, such as those of an LSTM, too.
         */
        ALL_LAYERS;

        /** Returns whether the kind is a word that stands for layers by what they are. */
        public boolean isWord() {
            return this == ALL_LINEAR || this == ALL_LAYERS;
        }
    }

    /**
     * Copies the collections and checks the values.
     *
     * @throws IllegalArgumentException if a name is empty, a pattern is broken (with its position),
     *     a list does not fit its kind, a layer index is negative, or layers are chosen in a way
     *     that PEFT refuses: a layers pattern without layers, or either beside a pattern, or beside
     *     "all-linear" or "all-layers"
     */
    public TargetModules {
        names = List.copyOf(names);
        exclude = List.copyOf(exclude);
        layersToTransform = List.copyOf(layersToTransform);
        layersPattern = List.copyOf(layersPattern);
        if (excludeKind.isWord()) {
            throw new IllegalArgumentException(
                    "exclude modules: \""
                            + word(excludeKind)
                            + "\" would leave nothing to adapt; list the names"
                            + " to exclude");
        }
        checkNames("target modules", kind, names);
        checkNames("exclude modules", excludeKind, exclude);
        checkLayers(kind, layersToTransform, layersPattern);
    }

    /**
     * Returns the selection of a configuration that names no targets; a model family fills in its
     * default.
     */
    public static TargetModules unset() {
        return UNSET;
    }

    /**
     * Returns a selection of modules by name.
     *
     * @param names full paths or endings of paths, such as "query" or "attention.self.query"
     * @throws IllegalArgumentException if there is no name or an empty one
     */
    public static TargetModules names(String... names) {
        return of(Kind.NAMES, List.of(names));
    }

    /**
     * Returns a selection of the modules whose whole path matches a pattern.
     *
     * @param pattern in Python's syntax, as in PEFT's files; without the prefix "regex:"
     * @throws IllegalArgumentException if the pattern is broken, with the position
     */
    public static TargetModules regex(String pattern) {
        return of(Kind.REGEX, List.of(pattern));
    }

    /** Returns a selection of every linear layer but the output head. */
    public static TargetModules allLinear() {
        return of(Kind.ALL_LINEAR, List.of());
    }

    /** Returns a selection of every layer that can be adapted but the output head. */
    public static TargetModules allLayers() {
        return of(Kind.ALL_LAYERS, List.of());
    }

    /** Returns the word of a kind that is one. */
    static String word(Kind kind) {
        return kind == Kind.ALL_LAYERS ? ALL_LAYERS : ALL_LINEAR;
    }

    /**
     * Reads what a user lists: names, one entry {@code "regex:..."}, or the one entry {@code
     * "all-linear"} or {@code "all-layers"}.
     *
     * @param entries the list; empty is an error
     * @return the selection
     * @throws IllegalArgumentException if the list is empty, an entry is empty, or a pattern or one
     *     of the words stands beside other entries
     */
    public static TargetModules parse(Collection<String> entries) {
        List<String> list = List.copyOf(entries);
        Kind kind = kindOf("target modules", list);
        return of(kind, bare(kind, list));
    }

    /** Returns the kind of a list as the user writes it: names, one pattern, or one word. */
    static Kind kindOf(String what, List<String> entries) {
        for (String entry : entries) {
            boolean regex = entry.startsWith(REGEX_PREFIX);
            Kind word = wordOf(entry);
            if ((regex || word.isWord()) && entries.size() > 1) {
                String instead =
                        regex
                                ? "join patterns as \"regex:(one|other)\""
                                : "list names, or give \"" + word(word) + "\" alone";
                throw new IllegalArgumentException(
                        "%s: \"%s\" must be the only entry, found %d; %s"
                                .formatted(what, entry, entries.size(), instead));
            }
            if (regex) {
                return Kind.REGEX;
            }
            if (word.isWord()) {
                return word;
            }
        }
        return Kind.NAMES;
    }

    /**
     * Returns the kind that a word stands for, in any case.
     *
     * @param entry a target as written
     * @return {@link Kind#NAMES} where it is no such word
     */
    public static Kind wordOf(String entry) {
        return switch (entry.toLowerCase(Locale.ROOT)) {
            case ALL_LINEAR -> Kind.ALL_LINEAR;
            case ALL_LAYERS -> Kind.ALL_LAYERS;
            default -> Kind.NAMES;
        };
    }

    /**
     * Returns the entries as the record holds them: a pattern without its prefix, none for a word.
     */
    static List<String> bare(Kind kind, List<String> entries) {
        return switch (kind) {
            case UNSET, ALL_LINEAR, ALL_LAYERS -> List.of();
            case NAMES -> entries;
            case REGEX -> List.of(entries.get(0).substring(REGEX_PREFIX.length()));
        };
    }

    private static TargetModules of(Kind kind, List<String> names) {
        return new TargetModules(kind, names, Kind.UNSET, List.of(), List.of(), List.of(), false);
    }

    private static void checkNames(String what, Kind kind, List<String> names) {
        int size = names.size();
        String lacking =
                switch (kind) {
                    case UNSET, ALL_LINEAR, ALL_LAYERS -> size == 0 ? "" : "no names";
                    case NAMES -> size > 0 ? "" : "at least one name";
                    case REGEX -> size == 1 ? "" : "exactly one pattern";
                };
        if (!lacking.isEmpty()) {
            throw new IllegalArgumentException(
                    "%s: %s takes %s, found %s"
                            .formatted(what, kind, lacking, size == 0 ? "none" : names));
        }
        checkNotEmpty(what, names);
        if (kind == Kind.REGEX) {
            BoundedRegex.compile(what, names.get(0));
        }
    }

    /** Returns whether anything is asked for: neither nothing nor an empty list. */
    boolean selects() {
        return kind.isWord() || !names.isEmpty();
    }

    /**
     * Requires that no name is empty: PEFT would let it match nothing, or every path that ends in a
     * dot.
     */
    static void checkNotEmpty(String what, List<String> names) {
        for (int i = 0; i < names.size(); i++) {
            if (names.get(i).isBlank()) {
                throw new IllegalArgumentException(
                        what + ": entry " + i + " of " + names + " is empty; remove or name it");
            }
        }
    }

    private static void checkLayers(Kind kind, List<Integer> layers, List<String> patterns) {
        for (int layer : layers) {
            if (layer < 0) {
                throw new IllegalArgumentException(
                        "layers to transform: indices count from 0, found " + layer);
            }
        }
        checkNotEmpty("layers pattern", patterns);
        if (layers.isEmpty() && !patterns.isEmpty()) {
            throw new IllegalArgumentException(
                    ("layers pattern %s without layers to transform; give the indices with"
                                    + " optLayersToTransform, or drop the pattern")
                            .formatted(patterns));
        }
        if (!layers.isEmpty() && (kind == Kind.REGEX || kind.isWord())) {
            throw new IllegalArgumentException(
                    ("layers to transform %s apply to listed names only, found target modules of"
                                    + " kind %s; list the names, or put the indices into the"
                                    + " pattern")
                            .formatted(layers, kind));
        }
        LayerFilter.check(patterns);
    }
}
