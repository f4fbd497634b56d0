/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.jinja.syntax;

import java.util.Locale;

/**
 * A token of a template.
 *
 * @param text the text as written; of a string, its characters without quotes and escapes; of a
 *     number, without underscores
 * @param line the line it begins at, counted from 1
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

        /** The name of this kind in messages. */
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

    /** The token in messages. */
    String described() {
        return switch (kind) {
            case NAME, STRING, INTEGER, FLOAT, OPERATOR -> text;
            default -> kind.description();
        };
    }
}
