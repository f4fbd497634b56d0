/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.spring;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Locale;
import org.lora4j.hf.Task;
import org.lora4j.spring.Lora4jProperties.Predictor;
import org.lora4j.spring.Lora4jProperties.Tenants;

/** What a predictor of the properties predicts. */
enum PredictorKind {
    CLASSIFIER,
    EMBEDDER,
    ENTITIES,
    ANSWERER,
    RERANKER,
    GENERATOR;

    /** Returns the name of the predictor's properties. */
    String property() {
        return name().toLowerCase(Locale.ROOT);
    }

    /** Returns whether the model has labels of its own. */
    boolean hasLabels() {
        return this == CLASSIFIER || this == ENTITIES;
    }

    /**
     * Returns the task of a predictor without an adapter.
     *
     * @throws IllegalStateException if a property does not belong to the predictor
     */
    Task task(Predictor settings) {
        String[] labels = settings.labels().toArray(String[]::new);
        return switch (this) {
            case CLASSIFIER ->
                    settings.severalLabels()
                            ? Task.multiLabelClassification(labels)
                            : Task.sequenceClassification(labels);
            case ENTITIES -> Task.tokenClassification(labels);
            case ANSWERER -> Task.questionAnswering();
            case EMBEDDER -> Task.embedding();
            case RERANKER -> Task.reranking();
            case GENERATOR -> Task.causalLanguageModel();
        };
    }

    /**
     * Checks that nothing is asked for that has no meaning.
     *
     * @throws IllegalStateException if something is; the message names the property
     */
    void check(Predictor settings) {
        boolean adapter = settings.adapter() != null;
        refuse(!settings.labels().isEmpty() && !hasLabels(), "labels", "it has no labels");
        refuse(!settings.labels().isEmpty() && adapter, "labels", "the adapter says them");
        refuse(
                settings.severalLabels() && (this != CLASSIFIER || adapter),
                "several-labels",
                "it is of a classifier without an adapter");
        refuse(
                settings.newHead() && (settings.model() == null || adapter),
                "new-head",
                "it is of a model of its own without an adapter");
        Tenants tenants = settings.tenants();
        if (tenants != null
                && tenants.directory() != null
                && !Files.isDirectory(tenants.directory())) {
            throw new IllegalStateException(
                    "lora4j.%s.tenants.directory is %s, which is no directory; expected one, perhaps empty"
                            .formatted(property(), tenants.directory()));
        }
        if (tenants != null && (tenants.directory() == null || tenants.maxAdapters() < 1)) {
            throw new IllegalStateException(
                    "lora4j.%s.tenants has the directory %s and max-adapters %d; expected a directory, and at least 1"
                            .formatted(property(), tenants.directory(), tenants.maxAdapters()));
        }
    }

    /**
     * Checks that an adapter is for what is predicted.
     *
     * @param task what it is for
     * @throws IllegalStateException if it is for something else
     */
    void check(Path adapter, Task task) {
        boolean fits =
                switch (this) {
                    case CLASSIFIER ->
                            task instanceof Task.SequenceClassification
                                    || task instanceof Task.MultiLabelClassification;
                    case ENTITIES -> task instanceof Task.TokenClassification;
                    case ANSWERER -> task instanceof Task.QuestionAnswering;
                    case EMBEDDER -> task instanceof Task.Embedding;
                    case RERANKER -> task instanceof Task.Reranking;
                    case GENERATOR -> task instanceof Task.CausalLanguageModel;
                };
        if (!fits) {
            throw new IllegalStateException(
                    "lora4j.%s.adapter is %s, which is for %s; expected one that was trained for the %1$s"
                            .formatted(property(), adapter, task));
        }
    }

    private void refuse(boolean wrong, String property, String why) {
        if (wrong) {
            throw new IllegalStateException(
                    "lora4j.%s.%s is set, but %s; remove it".formatted(property(), property, why));
        }
    }
}
