/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.text.token;

import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;

/** How the tags of words say where an entity begins and ends. */
public enum TagScheme {
    /** B- for an entity's first word, I- for the others, O outside: also called IOB2. */
    BIO("BI"),

    /** B- first, I- inside, L- last, U- for an entity of one word, O outside. */
    BILOU("BILU"),

    /** Tags without prefixes, such as parts of speech: each word is labelled by itself. */
    PLAIN("");

    /** The tag of a word outside of all entities. */
    public static final String OUTSIDE = "O";

    private static final String PREFIXES = "BILUES";

    private final String prefixes;

    TagScheme(String prefixes) {
        this.prefixes = prefixes;
    }

    /**
     * Tells the scheme of some tags: plain ones where none has a prefix, BILOU where L- or U-
     * occurs, else BIO.
     *
     * @param tags the tags, such as a model's labels
     * @throws IllegalArgumentException if some have a prefix of a scheme and others another, or
     *     none
     */
    public static TagScheme of(Collection<String> tags) {
        Set<String> found = new TreeSet<>();
        List<String> bare = new ArrayList<>();
        for (String tag : tags) {
            if (tag.equals(OUTSIDE)) {
                continue;
            }
            if (tag.length() > 2 && hasPrefix(tag)) {
                found.add(tag.substring(0, 1));
            } else {
                bare.add(tag);
            }
        }
        if (found.isEmpty()) {
            return PLAIN;
        }
        if (!bare.isEmpty()) {
            throw new IllegalArgumentException(
                    "the tags %s have no prefix, and others have %s; expected B-, I- and O, or B-, I-, L-, U- and O, or no prefixes"
                            .formatted(bare, found));
        }
        for (TagScheme scheme : List.of(BIO, BILOU)) {
            if (found.stream().allMatch(scheme.prefixes::contains)) {
                return scheme;
            }
        }
        throw new IllegalArgumentException(
                "tags with the prefixes %s; expected BIO (B-, I-, O) or BILOU (B-, I-, L-, U-, O). Write E- as L- and S- as U- to make BILOU of IOBES"
                        .formatted(found));
    }

    private static boolean hasPrefix(String tag) {
        return tag.charAt(1) == '-' && PREFIXES.indexOf(tag.charAt(0)) >= 0;
    }

    /**
     * Checks that a tag is not a prefix alone.
     *
     * @throws IllegalArgumentException if it is
     */
    static void requireKind(String tag) {
        if (tag.length() == 2 && hasPrefix(tag)) {
            throw new IllegalArgumentException(
                    "the tag '%s' has no kind of entity after its prefix".formatted(tag));
        }
    }

    /**
     * Returns the tags for some kinds of entities: O, then those of each kind.
     *
     * @param types the kinds, such as {@code PER}
     * @throws IllegalArgumentException if the tags are plain, which have no kinds
     */
    public List<String> tags(Collection<String> types) {
        if (this == PLAIN) {
            throw new IllegalArgumentException("plain tags are not made of kinds of entities");
        }
        List<String> tags = new ArrayList<>();
        tags.add(OUTSIDE);
        for (String type : new TreeSet<>(types)) {
            prefixes.chars().forEach(prefix -> tags.add((char) prefix + "-" + type));
        }
        return tags;
    }

    /** Returns the tag of an entity's word. */
    String tag(String type, boolean first, boolean last) {
        String prefix = this == BILOU && last ? (first ? "U" : "L") : first ? "B" : "I";
        return this == PLAIN ? type : prefix + "-" + type;
    }

    /**
     * Returns the kinds of entities that some tags are for, sorted.
     *
     * @param tags the tags, such as a model's labels
     */
    public Set<String> types(Collection<String> tags) {
        Set<String> types = new TreeSet<>();
        for (String tag : tags) {
            if (!tag.equals(OUTSIDE)) {
                types.add(type(tag));
            }
        }
        return types;
    }

    /** Returns what a tag stands for: the kind of entity, or the plain tag itself. */
    public String type(String tag) {
        return this == PLAIN || tag.equals(OUTSIDE) ? tag : tag.substring(2);
    }

    /**
     * Returns whether a word goes on with the entity of the word before it. It does where both are
     * of one kind, the first does not end an entity and the second does not begin one; I- after
     * another kind begins an entity, as in transformers' pipeline.
     *
     * @param before the tag of the word before
     * @param tag the tag of the word
     */
    public boolean continues(String before, String tag) {
        boolean begins = this != PLAIN && (tag.startsWith("B-") || tag.startsWith("U-"));
        boolean ended = this == BILOU && (before.startsWith("L-") || before.startsWith("U-"));
        return !begins && !ended && type(before).equals(type(tag));
    }
}
