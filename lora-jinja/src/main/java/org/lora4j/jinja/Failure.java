/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.jinja;

/** Something that went wrong in a value or an operation, before its line is known. */
final class Failure extends RuntimeException {
    private static final long serialVersionUID = 1L;

    private final boolean raisedByTemplate;

    private Failure(String message, boolean raisedByTemplate) {
        super(message, null, false, false);
        this.raisedByTemplate = raisedByTemplate;
    }

    static Failure type(String message) {
        return new Failure("TypeError: " + message, false);
    }

    static Failure value(String message) {
        return new Failure("ValueError: " + message, false);
    }

    static Failure undefined(String message) {
        return new Failure("UndefinedError: " + message, false);
    }

    /** A Python error of another kind. */
    static Failure of(String kind, String message) {
        return new Failure(kind + ": " + message, false);
    }

    /** Something of Jinja that this interpreter does not have; refused rather than guessed. */
    static Failure unsupported(String what) {
        return new Failure(what + " is not supported in a chat template here", false);
    }

    static Failure limit(String what) {
        return new Failure(what, false);
    }

    static Failure raised(String message) {
        return new Failure(message, true);
    }

    TemplateException at(int line) {
        return new TemplateException(line, String.valueOf(getMessage()), raisedByTemplate);
    }
}
