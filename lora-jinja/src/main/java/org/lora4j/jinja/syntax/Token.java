/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.jinja.syntax;

import java.util.Locale;

/**
 * A piece of a template.
 *
 * @param kind what it is
 * @param text of a string the characters that it stands for, of a number as written
 * @param line its line, counted from 1
 */
record Token(Kind kind, String text, int line) {
    enum Kind {
        DATA,
        VARIABLE_BEGIN,
        VARIABLE_END,
        BLOCK_BEGIN,
        BLOCK_END,
        NAME,
        STRING,
        INTEGER,
        FLOAT,
        OPERATOR,
        END;

        /** How messages name a token of this kind. */
        String description() {
            return switch (this) {
                case VARIABLE_BEGIN -> "begin of print statement";
                case VARIABLE_END -> "end of print statement";
                case BLOCK_BEGIN -> "begin of statement block";
                case BLOCK_END -> "end of statement block";
                case END -> "end of template";
                default -> name().toLowerCase(Locale.ROOT);
            };
        }
    }

    boolean isName(String name) {
        return kind == Kind.NAME && text.equals(name);
    }

    /** How messages name it. */
    String described() {
        return switch (kind) {
            case NAME, STRING, INTEGER, FLOAT, OPERATOR -> text;
            default -> kind.description();
        };
    }
}
