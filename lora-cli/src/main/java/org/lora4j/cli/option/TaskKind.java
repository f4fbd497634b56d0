/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.cli.option;

import java.util.Locale;
import org.lora4j.hf.Task;

/** The tasks of a training, by their names for {@code --task}. */
public enum TaskKind {
    SEQ_CLS(Form.TABLE),
    REGRESSION(Form.TABLE),
    MULTI_LABEL(Form.TABLE),
    RERANK(Form.TABLE),
    TOKEN_CLS(Form.TOKENS),
    QA(Form.QUESTIONS),
    EMBEDDING(Form.COMPARED),
    CAUSAL_LM(Form.SAMPLES),
    DPO(Form.SAMPLES);

    /** In what form a task's data are. */
    public enum Form {
        /** Rows with columns of texts and a label. */
        TABLE,
        /** Texts with labelled words or spans. */
        TOKENS,
        /** Questions about contexts. */
        QUESTIONS,
        /** Texts that are compared with each other. */
        COMPARED,
        /** Texts, conversations, or pairs of them. */
        SAMPLES
    }

    private final Form form;

    TaskKind(Form form) {
        this.form = form;
    }

    /** Returns the kind of a task. */
    public static TaskKind of(Task task) {
        if (task instanceof Task.SequenceClassification) {
            return SEQ_CLS;
        }
        if (task instanceof Task.MultiLabelClassification) {
            return MULTI_LABEL;
        }
        if (task instanceof Task.Reranking) {
            return RERANK;
        }
        if (task instanceof Task.Regression) {
            return REGRESSION;
        }
        if (task instanceof Task.TokenClassification) {
            return TOKEN_CLS;
        }
        if (task instanceof Task.QuestionAnswering) {
            return QA;
        }
        return task instanceof Task.Embedding ? EMBEDDING : CAUSAL_LM;
    }

    /** Returns in what form the data are. */
    public Form form() {
        return form;
    }

    /** Returns whether the model is a language model. */
    public boolean isCausal() {
        return form == Form.SAMPLES;
    }

    /** Returns whether the data are columns of texts and a label. */
    public boolean hasColumns() {
        return form == Form.TABLE;
    }

    @Override
    public String toString() {
        return name().toLowerCase(Locale.ROOT).replace('_', '-');
    }
}
