/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.text.question;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.PriorityQueue;
import java.util.TreeMap;
import org.lora4j.text.AlignedTokens;

/**
 * What a model's outputs for a window of a context say: its best spans, and that it has no answer.
 *
 * @param window the window
 * @param none the score of no answer: the sum of its token's two logits
 * @param spans the best spans, the best first
 */
public record AnswerReading(QuestionWindow window, double none, List<Span> spans) {
    /**
     * A part of a context.
     *
     * @param start its first character
     * @param end the character after its last one
     * @param score the first token's logit of beginning and the last token's logit of ending
     */
    public record Span(int start, int end, double score) {}

    private static final Comparator<Span> WORST_FIRST = Comparator.comparingDouble(Span::score);

    /** Copies the list. */
    public AnswerReading {
        spans = List.copyOf(spans);
    }

    /**
     * Reads outputs. Every span of the window's own tokens that is not too long counts; run_qa.py
     * looks only at those between the 20 likeliest beginnings and ends.
     *
     * @param window the window
     * @param outputs two logits for each token: of beginning, and of ending
     * @param from where those of the window's first token are
     * @throws IllegalStateException if one is NaN
     */
    public static AnswerReading of(QuestionWindow window, float[] outputs, int from) {
        AlignedTokens tokens = window.tokens();
        String context = window.sample().context();
        AnswerOptions options = window.options();
        for (int i = from; i < from + 2 * tokens.length(); i++) {
            if (Float.isNaN(outputs[i])) {
                throw new IllegalStateException(
                        "an output for "
                                + window.sample().place()
                                + " is NaN; expected finite ones. The model's weights or an"
                                + " adapter's are broken, or overflow in their precision"
                                + " (float16?)");
            }
        }
        int[] own = tokens.tokensOf(1);
        PriorityQueue<Span> best = new PriorityQueue<>(WORST_FIRST);
        for (int i = 0; i < own.length; i++) {
            for (int j = i; j < Math.min(own.length, i + options.longest()); j++) {
                double score = (double) outputs[from + 2 * own[i]] + outputs[from + 2 * own[j] + 1];
                if (best.size() == options.candidates() && score <= best.element().score()) {
                    continue;
                }
                Span span = trimmed(context, tokens.starts()[own[i]], tokens.ends()[own[j]], score);
                if (span.start() < span.end()) {
                    add(best, span, options.candidates());
                }
            }
        }
        int none = from + 2 * window.none();
        return new AnswerReading(window, (double) outputs[none] + outputs[none + 1], sorted(best));
    }

    /** Keeps the best spans; tokens of spaces alone make the same span twice, which counts once. */
    private static void add(PriorityQueue<Span> best, Span span, int most) {
        for (Span other : best) {
            if (other.start() == span.start() && other.end() == span.end()) {
                if (other.score() >= span.score()) {
                    return;
                }
                best.remove(other);
                break;
            }
        }
        best.add(span);
        if (best.size() > most) {
            best.remove();
        }
    }

    private static List<Span> sorted(Iterable<Span> spans) {
        List<Span> sorted = new ArrayList<>();
        spans.forEach(sorted::add);
        sorted.sort(
                WORST_FIRST.reversed().thenComparingInt(Span::start).thenComparingInt(Span::end));
        return sorted;
    }

    /** Some tokenizers count the space before a word to its token. */
    private static Span trimmed(String context, int start, int end, double score) {
        int from = start;
        int to = end;
        while (from < to && Character.isWhitespace(context.charAt(from))) {
            from++;
        }
        while (from < to && Character.isWhitespace(context.charAt(to - 1))) {
            to--;
        }
        return new Span(from, to, score);
    }

    /**
     * Returns the answers to a question. A span that several windows have counts once, with the
     * best of its scores; that there is no answer has the least of its scores.
     *
     * @param windows what was read of the windows of its context, one at least
     * @return the answer that is chosen first, then the others, the likeliest first
     */
    public static List<Answer> answers(List<AnswerReading> windows) {
        AnswerReading one = windows.get(0);
        AnswerOptions options = one.window.options();
        String context = one.window.sample().context();
        Map<Integer, Map<Integer, Span>> found = new TreeMap<>();
        double none = Double.POSITIVE_INFINITY;
        for (AnswerReading reading : windows) {
            none = Math.min(none, reading.none);
            for (Span span : reading.spans) {
                found.computeIfAbsent(span.start, start -> new TreeMap<>())
                        .merge(span.end, span, (a, b) -> a.score < b.score ? b : a);
            }
        }
        List<Span> all = new ArrayList<>();
        found.values().forEach(ends -> all.addAll(ends.values()));
        List<Span> best = sorted(all);
        best = best.subList(0, Math.min(best.size(), options.candidates()));
        boolean noneCounts = options.allowNone() || best.isEmpty();
        double most = noneCounts ? none : Double.NEGATIVE_INFINITY;
        most = best.isEmpty() ? most : Math.max(most, best.get(0).score);
        double sum = noneCounts ? Math.exp(none - most) : 0;
        for (Span span : best) {
            sum += Math.exp(span.score - most);
        }
        List<Answer> answers = new ArrayList<>();
        for (Span span : best) {
            String text = context.substring(span.start, span.end);
            double probability = Math.exp(span.score - most) / sum;
            answers.add(new Answer(text, span.start, span.end, probability));
        }
        if (noneCounts) {
            Answer no = new Answer("", -1, -1, Math.exp(none - most) / sum);
            boolean chosen = best.isEmpty() || none - best.get(0).score > options.threshold();
            int at = 0;
            while (!chosen
                    && at < answers.size()
                    && (at == 0 || answers.get(at).probability() >= no.probability())) {
                at++;
            }
            answers.add(at, no);
        }
        return answers;
    }

    /**
     * Scores the chosen answers of labelled questions, as {@link SquadScript} does: as version 2
     * where contexts may have no answer.
     *
     * @param all what was read of all windows of all questions, in any order
     */
    public static Map<String, Double> scores(List<AnswerReading> all) {
        Map<Integer, List<AnswerReading>> questions = new LinkedHashMap<>();
        for (AnswerReading reading : all) {
            questions
                    .computeIfAbsent(reading.window.question(), number -> new ArrayList<>())
                    .add(reading);
        }
        SquadScript script = SquadScript.V1;
        List<SquadScript.Given> given = new ArrayList<>();
        for (List<AnswerReading> windows : questions.values()) {
            QuestionWindow window = windows.get(0).window;
            script = window.options().allowNone() ? SquadScript.V2 : script;
            given.add(
                    new SquadScript.Given(
                            answers(windows).get(0).text(),
                            window.sample().answers().stream().map(GoldAnswer::text).toList()));
        }
        return script.scores(given);
    }
}
