/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.text.question;

import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.regex.Pattern;

/**
 * The official evaluation scripts of SQuAD. Answers are compared in lower case, without
 * punctuation, the articles a, an and the, and more than one space; of several true answers the
 * nearest counts. Scores are from 0 to 1, where the scripts print them times 100.
 */
public enum SquadScript {
    /** evaluate-v1.1.py: every question has an answer. */
    V1,

    /**
     * evaluate-v2.0.py: a question may have none, of which the answer is "". True answers of which
     * nothing is left without articles and punctuation do not count, and two texts of which nothing
     * is left are equal.
     */
    V2;

    /** Python's string.punctuation. */
    private static final String PUNCTUATION = "!\"#$%&'()*+,-./:;<=>?@[\\]^_`{|}~";

    /** As Python's \b bounds words; Java's says otherwise of combining marks, and by version. */
    private static final Pattern ARTICLES =
            Pattern.compile("(?<![\\p{L}\\p{N}_])(?:a|an|the)(?![\\p{L}\\p{N}_])");

    /** What Python's str.split() divides at. */
    private static final Pattern SPACES =
            Pattern.compile(
                    "[\\t-\\r"
                        + "\\x1c-\\x20\\x85\\xa0\\u1680\\u2000-\\u200a\\u2028\\u2029\\u202f\\u205f\\u3000]+");

    /**
     * An answer beside the true ones.
     *
     * @param answer the answer; "" for none
     * @param truth the true answers; none where there is none
     */
    public record Given(String answer, List<String> truth) {
        /** Copies the list. */
        public Given {
            truth = List.copyOf(truth);
        }
    }

    /** Returns the words of an answer that are compared. */
    static List<String> words(String answer) {
        StringBuilder kept = new StringBuilder();
        String lower = answer.toLowerCase(Locale.ROOT);
        for (int i = 0; i < lower.length(); i++) {
            if (PUNCTUATION.indexOf(lower.charAt(i)) < 0) {
                kept.append(lower.charAt(i));
            }
        }
        String text = ARTICLES.matcher(kept).replaceAll(" ");
        return SPACES.splitAsStream(text).filter(word -> !word.isEmpty()).toList();
    }

    /** Returns whether an answer is one of the true ones. */
    public boolean isExact(Given given) {
        List<String> words = words(given.answer);
        return truth(given).stream().anyMatch(text -> words.equals(words(text)));
    }

    /** Returns the harmonic mean of the precision and the recall of an answer's words. */
    public double f1(Given given) {
        List<String> words = words(given.answer);
        return truth(given).stream()
                .mapToDouble(text -> f1(words, words(text)))
                .max()
                .orElseThrow();
    }

    private List<String> truth(Given given) {
        if (this == V1) {
            if (given.truth.isEmpty()) {
                throw new IllegalArgumentException(
                        "a question has no true answer; expected one, or the script of version 2");
            }
            return given.truth;
        }
        List<String> kept = given.truth.stream().filter(text -> !words(text).isEmpty()).toList();
        return kept.isEmpty() ? List.of("") : kept;
    }

    private double f1(List<String> words, List<String> truth) {
        if (this == V2 && (words.isEmpty() || truth.isEmpty())) {
            return words.equals(truth) ? 1 : 0;
        }
        Map<String, Integer> counts = new HashMap<>();
        truth.forEach(word -> counts.merge(word, 1, Integer::sum));
        int same = 0;
        for (String word : words) {
            if (counts.merge(word, -1, Integer::sum) >= 0) {
                same++;
            }
        }
        if (same == 0) {
            return 0;
        }
        double precision = 1.0 * same / words.size();
        double recall = 1.0 * same / truth.size();
        return 2 * precision * recall / (precision + recall);
    }

    /**
     * Returns the mean scores: exact_match and f1, and of version 2 those of the questions with and
     * without an answer, where there are such.
     *
     * @param all the answers, at least one
     */
    public Map<String, Double> scores(List<Given> all) {
        Map<String, Double> scores = new LinkedHashMap<>();
        add(scores, "", all);
        if (this == V2) {
            add(scores, "_has_answer", all.stream().filter(g -> !g.truth.isEmpty()).toList());
            add(scores, "_no_answer", all.stream().filter(g -> g.truth.isEmpty()).toList());
        }
        return scores;
    }

    private void add(Map<String, Double> scores, String ending, List<Given> some) {
        if (!some.isEmpty()) {
            double exact = some.stream().filter(this::isExact).count();
            scores.put("exact_match" + ending, exact / some.size());
            double sum = some.stream().mapToDouble(this::f1).sum();
            scores.put("f1" + ending, sum / some.size());
        }
    }
}
