/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.jinja.syntax;

import java.util.List;
import org.lora4j.jinja.python.Failure;

/** The tokens of a template, read from first to last. */
final class Tokens {
    /** The most brackets and blocks inside one another, about as many as Python's parser takes. */
    private static final int MAX_DEPTH = 100;

    private final List<Token> tokens;
    private int at;
    private int depth;

    Tokens(List<Token> tokens) {
        this.tokens = tokens;
    }

    Token current() {
        return tokens.get(at);
    }

    Token following() {
        return tokens.get(Math.min(at + 1, tokens.size() - 1));
    }

    int line() {
        return current().line();
    }

    Token next() {
        Token token = current();
        at += token.kind() == Token.Kind.END ? 0 : 1;
        return token;
    }

    boolean is(Token.Kind kind) {
        return current().kind() == kind;
    }

    boolean isOperator(String... operators) {
        return isOperator(current(), operators);
    }

    static boolean isOperator(Token token, String... operators) {
        if (token.kind() == Token.Kind.OPERATOR) {
            for (String operator : operators) {
                if (token.text().equals(operator)) {
                    return true;
                }
            }
        }
        return false;
    }

    boolean skipOperator(String operator) {
        return skip(isOperator(operator));
    }

    boolean skipName(String name) {
        return skip(current().isName(name));
    }

    private boolean skip(boolean found) {
        at += found ? 1 : 0;
        return found;
    }

    Token expect(Token.Kind kind) {
        check(is(kind), kind.description());
        return next();
    }

    void expectOperator(String operator) {
        check(skipOperator(operator), operator);
    }

    void expectName(String name) {
        check(skipName(name), name);
    }

    private void check(boolean found, String expected) {
        if (!found) {
            String message =
                    is(Token.Kind.END)
                            ? "unexpected end of template, expected '%s'."
                            : "expected token '%s', got '%s'";
            throw error(message.formatted(expected, current().described()));
        }
    }

    /** Counts a bracket or block that opens. */
    void enter() {
        if (++depth > MAX_DEPTH) {
            throw error("more than " + MAX_DEPTH + " brackets and blocks inside one another");
        }
    }

    void leave() {
        depth--;
    }

    Failure error(String message) {
        return Failure.syntax(line(), message);
    }
}
