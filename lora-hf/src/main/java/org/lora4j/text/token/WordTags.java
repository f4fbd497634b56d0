/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.text.token;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.lora4j.text.AlignedTokens;

/**
 * Which tokens of a text stand for its words, and the words' tags: of each word the first token is
 * labelled and the others are not, as Hugging Face's run_ner.py does it.
 *
 * @param tokens the first token of each word, in the order of the text
 * @param tags the tag of each of these words; empty where the text has none
 */
public record WordTags(List<Integer> tokens, List<String> tags) {
    /** Copies the lists. */
    public WordTags {
        tokens = List.copyOf(tokens);
        tags = List.copyOf(tags);
    }

    /**
     * Finds the words of a text among its tokens. Words that have no token, since they were cut off
     * or consist of characters that the tokenizer drops, have none here.
     *
     * @param sample the text
     * @param aligned its tokens, perhaps cut
     * @param scheme the scheme in which spans are written as tags
     */
    public static WordTags of(TokenSample sample, AlignedTokens aligned, TagScheme scheme) {
        if (sample instanceof TokenSample.Words words) {
            return ofWords(words, aligned);
        }
        return ofSpans((TokenSample.Spans) sample, aligned, scheme);
    }

    private static WordTags ofWords(TokenSample.Words sample, AlignedTokens aligned) {
        int[] starts = sample.starts();
        String text = sample.text();
        List<Integer> tokens = new ArrayList<>();
        List<String> tags = new ArrayList<>();
        int last = -1;
        for (int i = 0; i < aligned.length(); i++) {
            if (aligned.isSpecial(i)) {
                continue;
            }
            int word = wordAt(starts, place(text, aligned.starts()[i], aligned.ends()[i]));
            if (word != last) {
                tokens.add(i);
                if (!sample.tags().isEmpty()) {
                    tags.add(sample.tags().get(word));
                }
                last = word;
            }
        }
        return new WordTags(tokens, tags);
    }

    /** The first character of a token that is no space; a space is of the word that follows it. */
    private static int place(String text, int start, int end) {
        int place = start;
        while (place < end && Character.isWhitespace(text.charAt(place))) {
            place++;
        }
        return Math.min(place, text.length() - 1);
    }

    private static int wordAt(int[] starts, int place) {
        int found = Arrays.binarySearch(starts, place);
        return found >= 0 ? found : -found - 2;
    }

    private static WordTags ofSpans(
            TokenSample.Spans sample, AlignedTokens aligned, TagScheme scheme) {
        List<Integer> tokens = new ArrayList<>();
        List<@Nullable LabelledSpan> spans = new ArrayList<>();
        for (Word word : words(aligned)) {
            tokens.add(word.token());
            spans.add(spanAt(sample.spans(), word.start(), word.end()));
        }
        List<String> tags = new ArrayList<>();
        for (int i = 0; i < spans.size(); i++) {
            LabelledSpan span = spans.get(i);
            boolean first = i == 0 || !same(span, spans.get(i - 1));
            boolean end = i == spans.size() - 1 || !same(span, spans.get(i + 1));
            tags.add(span == null ? TagScheme.OUTSIDE : scheme.tag(span.label(), first, end));
        }
        return new WordTags(tokens, tags);
    }

    /** A word of the tokenizer: its first token, and its characters. */
    private record Word(int token, int start, int end) {}

    private static List<Word> words(AlignedTokens aligned) {
        List<Word> words = new ArrayList<>();
        for (int i = 0; i < aligned.length(); i++) {
            if (aligned.isSpecial(i)) {
                continue;
            }
            int last = words.size() - 1;
            int end = aligned.ends()[i];
            if (last >= 0 && aligned.words()[words.get(last).token()] == aligned.words()[i]) {
                Word begun = words.get(last);
                words.set(last, new Word(begun.token(), begun.start(), end));
            } else {
                words.add(new Word(i, aligned.starts()[i], end));
            }
        }
        return words;
    }

    /**
     * Counts the spans of a text that begin or end inside a word of the tokenizer. Such a word has
     * the span's label as a whole.
     *
     * @param sample the text
     * @param aligned its tokens
     */
    public static int spansInsideWords(TokenSample.Spans sample, AlignedTokens aligned) {
        List<Word> words = words(aligned);
        int found = 0;
        for (LabelledSpan span : sample.spans()) {
            boolean cut = false;
            for (Word word : words) {
                int start = place(sample.text(), word.start(), word.end());
                cut |= start < span.start() && span.start() < word.end();
                cut |= start < span.end() && span.end() < word.end();
            }
            found += cut ? 1 : 0;
        }
        return found;
    }

    @SuppressWarnings("ReferenceEquality") // two spans of one label may touch
    private static boolean same(@Nullable LabelledSpan span, @Nullable LabelledSpan other) {
        return span == other;
    }

    /** The first span that has a character of a word, or null. */
    private static @Nullable LabelledSpan spanAt(List<LabelledSpan> spans, int start, int end) {
        for (LabelledSpan span : spans) {
            if (span.start() < end && start < span.end()) {
                return span;
            }
        }
        return null;
    }
}
