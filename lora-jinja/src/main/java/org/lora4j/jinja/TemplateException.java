/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.jinja;

import org.lora4j.jinja.python.Failure;

/**
 * A template that cannot be parsed or rendered. The message names the line of the template, and the
 * error as Python names it.
 */
public final class TemplateException extends IllegalArgumentException {
    private static final long serialVersionUID = 1L;

    private final int line;
    private final boolean raisedByTemplate;

    private TemplateException(int line, Failure failure) {
        super("template, line %d: %s".formatted(line, failure.getMessage()));
        this.line = line;
        this.raisedByTemplate = failure.raisedByTemplate();
    }

    /** A failure at its own line if it has one, otherwise at the line given. */
    TemplateException(Failure failure, int line) {
        this(failure.line() > 0 ? failure.line() : line, failure);
    }

    /**
     * The place of the error.
     *
     * @return the line of the template, counted from 1
     */
    public int line() {
        return line;
    }

    /**
     * Whether the template itself refused its input, by {@code raise_exception}: two messages of a
     * user in a row, a role it does not know.
     *
     * @return true if the template is fine and the input is not
     */
    public boolean raisedByTemplate() {
        return raisedByTemplate;
    }
}
