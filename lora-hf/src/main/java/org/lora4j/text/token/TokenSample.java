/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.text.token;

import java.util.ArrayList;
import java.util.List;

/** A text whose words or spans have labels. */
public sealed interface TokenSample {
    /** Returns the line of the file on which it begins, counted from 1, for messages. */
    int line();

    /** Returns the text. */
    String text();

    /**
     * Words that are divided already, each with a tag. The text is the words with a space between
     * them.
     *
     * @param line the line of the file
     * @param words the words, at least one
     * @param tags their tags, such as {@code B-PER} and {@code O}; empty where there are none, for
     *     prediction
     */
    record Words(int line, List<String> words, List<String> tags) implements TokenSample {
        /**
         * Copies the lists.
         *
         * @throws IllegalArgumentException if there is no word, one is blank, or there are more or
         *     fewer tags, or one that is a prefix alone
         */
        public Words {
            words = List.copyOf(words);
            tags = List.copyOf(tags);
            if (words.isEmpty()) {
                throw new IllegalArgumentException("no words; expected one at least");
            }
            if (words.stream().anyMatch(String::isBlank)) {
                throw new IllegalArgumentException("a word is blank; expected text in each");
            }
            tags.forEach(TagScheme::requireKind);
            if (!tags.isEmpty() && tags.size() != words.size()) {
                throw new IllegalArgumentException(
                        "%d words and %d tags; expected one for each"
                                .formatted(words.size(), tags.size()));
            }
        }

        @Override
        public String text() {
            return String.join(" ", words);
        }

        /** Returns where in the text each word begins. */
        int[] starts() {
            int[] starts = new int[words.size()];
            for (int i = 1; i < starts.length; i++) {
                starts[i] = starts[i - 1] + words.get(i - 1).length() + 1;
            }
            return starts;
        }
    }

    /**
     * A text with labelled parts; the tokenizer divides it into words.
     *
     * @param line the line of the file
     * @param text the text
     * @param spans its labelled parts, in their order
     */
    record Spans(int line, String text, List<LabelledSpan> spans) implements TokenSample {
        /**
         * Copies the list, in the order of the text.
         *
         * @throws IllegalArgumentException if the text is blank, or spans overlap, end beyond it or
         *     have no character but blanks
         */
        public Spans {
            List<LabelledSpan> sorted = new ArrayList<>(spans);
            sorted.sort((a, b) -> Integer.compare(a.start(), b.start()));
            spans = List.copyOf(sorted);
            if (text.isBlank()) {
                throw new IllegalArgumentException("the text is blank; expected words");
            }
            int end = 0;
            for (LabelledSpan span : spans) {
                if (span.start() < end) {
                    throw new IllegalArgumentException(
                            "the span %s from %d to %d overlaps the one before it; expected spans apart"
                                    .formatted(span.label(), span.start(), span.end()));
                }
                end = span.end();
            }
            if (end > text.length()) {
                throw new IllegalArgumentException(
                        "a span ends at %d and the text at %d".formatted(end, text.length()));
            }
            for (LabelledSpan span : spans) {
                if (text.substring(span.start(), span.end()).isBlank()) {
                    throw new IllegalArgumentException(
                            "the span %s from %d to %d has blanks alone; expected words"
                                    .formatted(span.label(), span.start(), span.end()));
                }
            }
        }
    }
}
