/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.jinja;

/**
 * A piece of a template.
 *
 * @param kind what it is
 * @param text its text: of a string the characters that it stands for, of a number as written
 * @param line its line, counted from 1
 */
record Token(Kind kind, String text, int line) {
    /** The kinds of tokens. */
    enum Kind {
        DATA("text"),
        VARIABLE_BEGIN("begin of print statement"),
        VARIABLE_END("end of print statement"),
        BLOCK_BEGIN("begin of statement block"),
        BLOCK_END("end of statement block"),
        NAME("name"),
        STRING("string"),
        INTEGER("integer"),
        FLOAT("float"),
        OPERATOR("operator"),
        END("end of template");

        private final String description;

        Kind(String description) {
            this.description = description;
        }
    }

    boolean isOperator(String operator) {
        return kind == Kind.OPERATOR && text.equals(operator);
    }

    boolean isName(String name) {
        return kind == Kind.NAME && text.equals(name);
    }

    /** How messages name it. */
    String described() {
        return switch (kind) {
            case NAME, STRING, INTEGER, FLOAT, OPERATOR -> text;
            default -> kind.description;
        };
    }
}
