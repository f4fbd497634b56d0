/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.hf.base;

import java.util.List;

/**
 * What a task asks of a head.
 *
 * @param kind what the head's outputs stand for
 * @param labels the labels that are asked for; none takes the checkpoint's
 */
public record HeadTask(Kind kind, List<String> labels) {
    /** What the outputs of a head stand for. */
    public enum Kind {
        /** Each for a label, of which a text has one. */
        LABEL("Task.sequenceClassification"),

        /** Each for a label, of which a text has any number. */
        LABELS("Task.multiLabelClassification"),

        /** One for how relevant a pair's second text is to the first. */
        RELEVANCE("Task.reranking"),

        /** One for a number. */
        NUMBER("Task.regression"),

        /** Each for a label, of which a token has one. */
        TOKEN_LABEL("Task.tokenClassification"),

        /** Two for each token: whether an answer begins and whether it ends there. */
        SPAN("Task.questionAnswering");

        private final String call;

        Kind(String call) {
            this.call = call;
        }

        /** Returns the call that asks for it. */
        String call() {
            return call;
        }

        /** Returns whether the outputs stand for labels, as many as there are. */
        public boolean hasLabels() {
            return this != NUMBER && this != RELEVANCE && this != SPAN;
        }
    }

    /** Copies the list. */
    public HeadTask {
        labels = List.copyOf(labels);
    }

    /** Returns how many outputs the head has; 1 where its labels are not known yet. */
    public int outputs() {
        return kind == Kind.SPAN ? 2 : Math.max(1, labels.size());
    }
}
