/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.text.token;

import java.util.ArrayList;
import java.util.List;

/** How tags are read as entities, tag by tag as the Python package seqeval 1.2.2 reads them. */
public enum EntityReading {
    /**
     * As conlleval.pl reads them, which is seqeval's default: a tag I- after another kind begins an
     * entity, so that tags which the scheme does not allow count too. For BIO; L- and U- mean
     * nothing to it, and seqeval's figures for BILOU are those of {@link #STRICT}.
     */
    DEFAULT,

    /** seqeval's {@code mode="strict"}: an entity is only what the scheme allows. */
    STRICT;

    /**
     * Reads the entities of a text.
     *
     * @param tags the tags of its words
     * @param scheme their scheme, which the default reading does not look at
     * @throws IllegalArgumentException if the tags are plain
     */
    public List<TaggedEntity> read(List<String> tags, TagScheme scheme) {
        if (scheme == TagScheme.PLAIN) {
            throw new IllegalArgumentException("plain tags say nothing of entities");
        }
        return this == STRICT ? strict(tags, scheme) : lenient(tags);
    }

    /** seqeval.metrics.sequence_labeling.get_entities. */
    private static List<TaggedEntity> lenient(List<String> tags) {
        List<TaggedEntity> found = new ArrayList<>();
        char before = 'O';
        String typeBefore = "";
        int begin = 0;
        for (int i = 0; i <= tags.size(); i++) {
            String tag = i < tags.size() ? tags.get(i) : TagScheme.OUTSIDE;
            char prefix = tag.charAt(0);
            String type = lenientType(tag);
            boolean other = !typeBefore.equals(type);
            if (ends(before, prefix) || (before != 'O' && before != '.' && other)) {
                found.add(new TaggedEntity(typeBefore, begin, i));
            }
            if (starts(before, prefix) || (prefix != 'O' && prefix != '.' && other)) {
                begin = i;
            }
            before = prefix;
            typeBefore = type;
        }
        return found;
    }

    private static String lenientType(String tag) {
        String rest = tag.substring(1);
        String type = rest.substring(rest.indexOf('-') + 1);
        return type.isEmpty() ? "_" : type;
    }

    private static boolean ends(char before, char now) {
        return switch (before) {
            case 'E', 'S' -> true;
            case 'B', 'I' -> now == 'B' || now == 'S' || now == 'O';
            default -> false;
        };
    }

    private static boolean starts(char before, char now) {
        return switch (now) {
            case 'B', 'S' -> true;
            case 'E', 'I' -> before == 'E' || before == 'S' || before == 'O';
            default -> false;
        };
    }

    /** seqeval.scheme.Tokens.entities with IOB2 or BILOU. */
    private static List<TaggedEntity> strict(List<String> tags, TagScheme scheme) {
        List<TaggedEntity> found = new ArrayList<>();
        int i = 0;
        while (i < tags.size()) {
            char prefix = tags.get(i).charAt(0);
            if (prefix != 'B' && prefix != 'U') {
                i++;
                continue;
            }
            String type = strictType(tags.get(i));
            int end = i + 1;
            while (end < tags.size() && isInside(tags, end, type)) {
                end++;
            }
            char last = tags.get(end - 1).charAt(0);
            if (scheme == TagScheme.BIO || last == 'U' || last == 'L') {
                found.add(new TaggedEntity(type, i, end));
            }
            i = end;
        }
        return found;
    }

    /** Whether a word goes on with an entity of a type that reaches up to it. */
    private static boolean isInside(List<String> tags, int word, String type) {
        char before = tags.get(word - 1).charAt(0);
        char now = tags.get(word).charAt(0);
        return (before == 'B' || before == 'I')
                && (now == 'I' || now == 'L')
                && strictType(tags.get(word)).equals(type);
    }

    private static String strictType(String tag) {
        String type = tag.substring(1);
        int from = 0;
        int to = type.length();
        while (from < to && type.charAt(from) == '-') {
            from++;
        }
        while (to > from && type.charAt(to - 1) == '-') {
            to--;
        }
        return from == to ? "_" : type.substring(from, to);
    }
}
