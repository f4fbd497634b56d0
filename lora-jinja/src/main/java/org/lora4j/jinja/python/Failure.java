/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.jinja.python;

import java.util.Formatter;
import java.util.Locale;

/** What went wrong in a template; the line is known for syntax only. */
public final class Failure extends RuntimeException {
    private static final long serialVersionUID = 1L;

    private final boolean raisedByTemplate;
    private final int line;

    private Failure(String message, boolean raisedByTemplate, int line) {
        super(message, null, false, false);
        this.raisedByTemplate = raisedByTemplate;
        this.line = line;
    }

    /** A Python error; the details go where the message has format specifiers. */
    public static Failure of(String kind, String message, Object... details) {
        String what =
                details.length == 0
                        ? message
                        : new Formatter(Locale.ROOT).format(message, details).toString();
        return new Failure(kind + ": " + what, false, 0);
    }

    public static Failure type(String message, Object... details) {
        return of("TypeError", message, details);
    }

    public static Failure value(String message, Object... details) {
        return of("ValueError", message, details);
    }

    public static Failure syntax(int line, String message) {
        return new Failure("TemplateSyntaxError: " + message, false, line);
    }

    /** Something of Jinja that this interpreter does not have; refused rather than guessed. */
    public static Failure unsupported(String what) {
        return new Failure(what + " is not supported in a chat template here", false, 0);
    }

    /** A limit that is reached. */
    public static Failure limit(String message) {
        return new Failure(message, false, 0);
    }

    /** A refusal by the template itself. */
    public static Failure raised(String message) {
        return new Failure(message, true, 0);
    }

    public boolean raisedByTemplate() {
        return raisedByTemplate;
    }

    /** The line of the template, or 0 if it is not known. */
    public int line() {
        return line;
    }
}
