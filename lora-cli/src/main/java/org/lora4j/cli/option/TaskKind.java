/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.cli.option;

/** What a model is trained for, by the names of {@code --task}. */
public enum TaskKind {
    SEQ_CLS("seq-cls"),
    REGRESSION("regression"),
    CAUSAL_LM("causal-lm");

    private final String text;

    TaskKind(String text) {
        this.text = text;
    }

    @Override
    public String toString() {
        return text;
    }
}
