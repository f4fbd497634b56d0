/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.jinja.syntax;

import java.util.ArrayDeque;
import java.util.Deque;
import java.util.function.Function;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.lora4j.jinja.python.Failure;

/** The tokens inside one tag. */
final class TagLexer {
    private static final Pattern OPERATOR =
            Pattern.compile("\\*\\*|//|[=!<>]=|[-+*/%~()\\[\\]{}<>=,.:|;]");
    private static final Pattern FLOAT =
            Pattern.compile(
                    "(?<!\\.)(?:\\d+_)*+\\d+(?:(?:\\.(?:\\d+_)*\\d+)?e[+-]?(?:\\d+_)*\\d+"
                            + "|\\.(?:\\d+_)*\\d+)",
                    Pattern.CASE_INSENSITIVE);
    private static final Pattern INTEGER =
            Pattern.compile(
                    "0b(?:_?[01])+|0o(?:_?[0-7])+|0x(?:_?[0-9a-f])+|[1-9](?:_?\\d)*|0(?:_?0)*",
                    Pattern.CASE_INSENSITIVE);

    private static final String ESCAPES = "abfnrtv\\'\"";
    private static final String ESCAPED = "\u0007\b\f\n\r\t\u000b\\'\"";

    private final String source;
    private final Function<String, Failure> error;
    private final Deque<Character> open = new ArrayDeque<>();
    private int end;

    /**
     * A tag's lexer.
     *
     * @param source the template
     * @param error makes a failure at the current line
     */
    TagLexer(String source, Function<String, Failure> error) {
        this.source = source;
        this.error = error;
    }

    /** Whether all brackets are closed, so that the tag may end. */
    boolean isBalanced() {
        return open.isEmpty();
    }

    /** Where the last token ended. */
    int end() {
        return end;
    }

    Token token(int at, int line) {
        int c = source.codePointAt(at);
        if (c == '\'' || c == '"') {
            return new Token(Token.Kind.STRING, string(at, c), line);
        }
        boolean digit = c >= '0' && c <= '9';
        if (digit && matches(FLOAT, at)) {
            return new Token(Token.Kind.FLOAT, number(at), line);
        }
        if (digit && matches(INTEGER, at)) {
            return new Token(Token.Kind.INTEGER, number(at), line);
        }
        if (Character.isUnicodeIdentifierStart(c) || c == '_') {
            end = at;
            while (end < source.length() && isIdentifierPart(source.codePointAt(end))) {
                end += Character.charCount(source.codePointAt(end));
            }
            return new Token(Token.Kind.NAME, source.substring(at, end), line);
        }
        if (matches(OPERATOR, at)) {
            balance((char) c);
            return new Token(Token.Kind.OPERATOR, source.substring(at, end), line);
        }
        throw error.apply("unexpected char '" + Character.toString(c) + "'");
    }

    private boolean matches(Pattern pattern, int at) {
        Matcher matcher =
                pattern.matcher(source).region(at, source.length()).useTransparentBounds(true);
        boolean found = matcher.lookingAt();
        end = found ? matcher.end() : end;
        return found;
    }

    private String number(int at) {
        return source.substring(at, end).replace("_", "");
    }

    private static boolean isIdentifierPart(int c) {
        return Character.isUnicodeIdentifierPart(c) && !Character.isIdentifierIgnorable(c);
    }

    private void balance(char c) {
        int opening = "([{".indexOf(c);
        if (opening >= 0) {
            open.push(")]}".charAt(opening));
        } else if (")]}".indexOf(c) >= 0) {
            if (open.isEmpty()) {
                throw error.apply("unexpected '" + c + "'");
            }
            char expected = open.pop();
            if (expected != c) {
                throw error.apply("unexpected '%c', expected '%c'".formatted(c, expected));
            }
        }
    }

    private String string(int at, int quote) {
        StringBuilder text = new StringBuilder();
        end = at + 1;
        for (char c = next(); c != quote; c = next()) {
            if (c == '\\') {
                escape(text, next());
            } else {
                text.append(c);
            }
        }
        return text.toString();
    }

    private char next() {
        if (end >= source.length()) {
            throw error.apply("unexpected end of template: the string has no end");
        }
        return source.charAt(end++);
    }

    /** Appends what a backslash and a character stand for. */
    private void escape(StringBuilder text, char c) {
        int simple = ESCAPES.indexOf(c);
        int digits = c == 'x' ? 2 : c == 'u' ? 4 : c == 'U' ? 8 : 0;
        if (simple >= 0) {
            text.append(ESCAPED.charAt(simple));
        } else if (digits > 0) {
            hex(text, digits);
        } else if (c >= '0' && c <= '7') {
            int value = c - '0';
            for (int i = 0; i < 2 && isOctal(end); i++) {
                value = value * 8 + (next() - '0');
            }
            text.append((char) value);
        } else if (c == 'N') {
            throw error.apply("a character by its name (\\N) is not supported");
        } else if (c != '\n') {
            text.append('\\').append(c);
        }
    }

    private boolean isOctal(int at) {
        return at < source.length() && source.charAt(at) >= '0' && source.charAt(at) <= '7';
    }

    private void hex(StringBuilder text, int digits) {
        long value = 0;
        for (int i = 0; i < digits; i++) {
            int digit = Character.digit(next(), 16);
            if (digit < 0) {
                throw error.apply("truncated escape in a string");
            }
            value = value * 16 + digit;
        }
        if (value > Character.MAX_CODE_POINT) {
            throw error.apply("illegal Unicode character in a string");
        }
        text.appendCodePoint((int) value);
    }
}
