/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.text.token;

import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import org.lora4j.text.table.LabelSet;

/** The labels that texts with tags or spans teach. */
public final class TokenLabels {
    private TokenLabels() {}

    /**
     * Returns the labels of some texts: all tags of the scheme for the kinds of entities that
     * occur, O first, then by kind. Plain tags are sorted, by value where they are numbers.
     *
     * @param samples the texts
     * @param scheme the scheme in which spans are written; tags say theirs themselves
     * @throws IllegalArgumentException if no word has a tag and no text a span, or tags are of
     *     several schemes
     */
    public static List<String> of(List<TokenSample> samples, TagScheme scheme) {
        Set<String> tags = new TreeSet<>();
        Set<String> types = new TreeSet<>();
        boolean spans = false;
        for (TokenSample sample : samples) {
            if (sample instanceof TokenSample.Words words) {
                tags.addAll(words.tags());
            } else if (sample instanceof TokenSample.Spans text) {
                spans = true;
                text.spans().forEach(span -> types.add(span.label()));
            }
        }
        if (tags.isEmpty() && types.isEmpty()) {
            throw new IllegalArgumentException(
                    "no word has a tag and no text a span; expected labelled texts to learn from");
        }
        if (tags.isEmpty()) {
            return scheme.tags(types);
        }
        TagScheme own = TagScheme.of(tags);
        if (own == TagScheme.PLAIN) {
            if (spans) {
                throw new IllegalArgumentException(
                        "some texts have tags without prefixes, and others spans; expected tags"
                                + " with prefixes such as B-PER");
            }
            return LabelSet.forTraining(tags, null).names();
        }
        types.addAll(own.types(tags));
        return new ArrayList<>(own.tags(types));
    }
}
