/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.text.question;

import java.util.List;

/**
 * A question about a context.
 *
 * @param place where it stands in its file, for messages
 * @param id its id, "" for none
 * @param question the question
 * @param context the text that has the answer, if there is one
 * @param isLabelled whether it is known what is right
 * @param answers the true answers, of which the first is learnt; none where the context has none,
 *     or where nothing is known
 */
public record QuestionSample(
        String place,
        String id,
        String question,
        String context,
        boolean isLabelled,
        List<GoldAnswer> answers) {
    /**
     * Copies the list.
     *
     * @throws IllegalArgumentException if the question is blank, or an answer is not where it says
     */
    public QuestionSample {
        answers = List.copyOf(answers);
        if (question.isBlank()) {
            throw new IllegalArgumentException("the question is blank; expected text");
        }
        for (GoldAnswer answer : answers) {
            if (answer.text().isBlank()) {
                throw new IllegalArgumentException(
                        "an answer is blank; expected text, or no answers where there is none");
            }
            if (!context.startsWith(answer.text(), answer.start())) {
                throw new IllegalArgumentException(
                        "the answer '%s' is not at %d of the context; expected the place of its first character"
                                .formatted(answer.text(), answer.start()));
            }
        }
        if (!isLabelled && !answers.isEmpty()) {
            throw new IllegalArgumentException("answers of a question that is not labelled");
        }
    }

    /** Returns a question of which the answer is to be found. */
    public static QuestionSample of(String question, String context) {
        return new QuestionSample("the question", "", question, context, false, List.of());
    }

    /** Returns whether it is known that the context has no answer. */
    public boolean isUnanswerable() {
        return isLabelled && answers.isEmpty();
    }
}
