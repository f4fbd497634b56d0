/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.jinja;

import java.util.Arrays;
import java.util.List;
import java.util.Locale;

/** The tokens of a template, read from first to last. */
final class Tokens {
    /** How deep brackets and blocks may lie in one another; Python's parser ends about here. */
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
        if (token.kind() != Token.Kind.END) {
            at++;
        }
        return token;
    }

    boolean is(Token.Kind kind) {
        return current().kind() == kind;
    }

    boolean skipOperator(String operator) {
        boolean found = current().isOperator(operator);
        if (found) {
            at++;
        }
        return found;
    }

    boolean skipName(String name) {
        boolean found = current().isName(name);
        if (found) {
            at++;
        }
        return found;
    }

    boolean isOperator(String... operators) {
        return is(Token.Kind.OPERATOR) && Arrays.asList(operators).contains(current().text());
    }

    Token expect(Token.Kind kind) {
        if (!is(kind)) {
            throw unexpected(new Token(kind, kind.name().toLowerCase(Locale.ROOT), 0).described());
        }
        return next();
    }

    void expectOperator(String operator) {
        if (!skipOperator(operator)) {
            throw unexpected(operator);
        }
    }

    void expectName(String name) {
        if (!skipName(name)) {
            throw unexpected(name);
        }
    }

    private TemplateException unexpected(String expected) {
        return is(Token.Kind.END)
                ? error("unexpected end of template, expected '" + expected + "'.")
                : error("expected token '" + expected + "', got '" + current().described() + "'");
    }

    /** Notes that a bracket or block opens. */
    void enter() {
        if (++depth > MAX_DEPTH) {
            throw error("more than " + MAX_DEPTH + " brackets and blocks inside one another");
        }
    }

    void leave() {
        depth--;
    }

    TemplateException error(String message) {
        return error(line(), message);
    }

    static TemplateException error(int line, String message) {
        return new TemplateException(line, "TemplateSyntaxError: " + message);
    }
}
