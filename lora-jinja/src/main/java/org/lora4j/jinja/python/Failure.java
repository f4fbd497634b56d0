/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.jinja.python;

import java.util.Formatter;
import java.util.Locale;

/** An error in a template. Only syntax errors know their line. */
public final class Failure extends RuntimeException {
    private static final long serialVersionUID = 1L;

    private final boolean raisedByTemplate;
    private final int line;

    private Failure(String message, boolean raisedByTemplate, int line) {
        super(message, null, false, false);
        this.raisedByTemplate = raisedByTemplate;
        this.line = line;
    }

    /** A Python error; the message is a format string if there are details. */
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

    /** A feature of Jinja or Python that this interpreter does not support. */
    public static Failure unsupported(String what) {
        return new Failure(what + " is not supported in a chat template here", false, 0);
    }

    /** A limit that the template exceeds. */
    public static Failure limit(String message) {
        return new Failure(message, false, 0);
    }

    /** An error that the template raises itself. */
    public static Failure raised(String message) {
        return new Failure(message, true, 0);
    }

    public boolean raisedByTemplate() {
        return raisedByTemplate;
    }

    /** The line of the template if it is known, otherwise the one given. */
    public int lineOr(int otherwise) {
        return line > 0 ? line : otherwise;
    }
}
