/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.jinja;

import org.lora4j.jinja.python.Failure;

/**
 * Thrown if a template cannot be parsed or rendered. The message names the line of the template and
 * the error as Python does.
 */
public final class TemplateException extends IllegalArgumentException {
    private static final long serialVersionUID = 1L;

    private final int line;
    private final boolean raisedByTemplate;

    /** A failure at its own line if it has one, otherwise at the one given. */
    TemplateException(int line, Failure failure) {
        super("template, line %d: %s".formatted(failure.lineOr(line), failure.getMessage()));
        this.line = failure.lineOr(line);
        this.raisedByTemplate = failure.raisedByTemplate();
    }

    /**
     * Returns the line of the template at which it failed.
     *
     * @return the line, counted from 1
     */
    public int line() {
        return line;
    }

    /**
     * Returns whether the template itself refused its input by calling {@code raise_exception}, for
     * example because two messages of a user follow each other or a role is unknown.
     *
     * @return true if the template is fine and the input is not
     */
    public boolean raisedByTemplate() {
        return raisedByTemplate;
    }
}
