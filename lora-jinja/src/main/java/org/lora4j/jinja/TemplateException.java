/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.jinja;

/**
 * A template that cannot be parsed or rendered. The message names the line of the template, and the
 * error as Python names it.
 */
public final class TemplateException extends IllegalArgumentException {
    private static final long serialVersionUID = 1L;

    private final int line;
    private final boolean raisedByTemplate;

    TemplateException(int line, String what, boolean raisedByTemplate) {
        super("template, line " + line + ": " + what);
        this.line = line;
        this.raisedByTemplate = raisedByTemplate;
    }

    TemplateException(int line, String what) {
        this(line, what, false);
    }

    /**
     * Where in the template.
     *
     * @return the line, counted from 1
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
