/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.jinja;

import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import java.util.function.Function;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** The tokens inside one tag. */
final class TagLexer {
    private static final List<String> OPERATORS =
            List.of(
                    "**", "//", "==", "!=", "<=", ">=", "+", "-", "*", "/", "%", "~", "(", ")", "[",
                    "]", "{", "}", "<", ">", "=", ",", ".", ":", "|", ";");
    private static final Pattern FLOAT =
            Pattern.compile(
                    "(?<!\\.)(?:\\d+_)*+\\d+(?:(?:\\.(?:\\d+_)*\\d+)?e[+-]?(?:\\d+_)*\\d+"
                            + "|\\.(?:\\d+_)*\\d+)",
                    Pattern.CASE_INSENSITIVE);
    private static final Pattern INTEGER =
            Pattern.compile(
                    "0b(?:_?[01])+|0o(?:_?[0-7])+|0x(?:_?[0-9a-f])+|[1-9](?:_?\\d)*|0(?:_?0)*",
                    Pattern.CASE_INSENSITIVE);

    private final String source;
    private final Function<String, TemplateException> error;
    private final Deque<Character> open = new ArrayDeque<>();
    private int end;

    /**
     * A tag's lexer.
     *
     * @param source the template
     * @param error makes an exception at the current line
     */
    TagLexer(String source, Function<String, TemplateException> error) {
        this.source = source;
        this.error = error;
    }

    int skipSpace(int from) {
        int at = from;
        while (at < source.length() && Characters.isSpace(source.charAt(at))) {
            at++;
        }
        return at;
    }

    /** Whether all brackets are closed, so that the tag may end. */
    boolean balanced() {
        return open.isEmpty();
    }

    /** Where the last token ended. */
    int end() {
        return end;
    }

    Token token(int at, int line) {
        char c = source.charAt(at);
        if (c == '\'' || c == '"') {
            return string(at, line);
        }
        if (c >= '0' && c <= '9') {
            return number(at, line);
        }
        int first = source.codePointAt(at);
        if (Character.isUnicodeIdentifierStart(first) || first == '_') {
            end = at;
            while (end < source.length() && isIdentifierPart(source.codePointAt(end))) {
                end += Character.charCount(source.codePointAt(end));
            }
            return new Token(Token.Kind.NAME, source.substring(at, end), line);
        }
        for (String operator : OPERATORS) {
            if (source.startsWith(operator, at)) {
                balance(operator.charAt(0));
                end = at + operator.length();
                return new Token(Token.Kind.OPERATOR, operator, line);
            }
        }
        throw error.apply("unexpected char '" + Character.toString(first) + "'");
    }

    private static boolean isIdentifierPart(int c) {
        return Character.isUnicodeIdentifierPart(c) && !Character.isIdentifierIgnorable(c);
    }

    private Token number(int at, int line) {
        Matcher real = FLOAT.matcher(source).region(at, source.length()).useTransparentBounds(true);
        boolean isReal = real.lookingAt();
        Matcher number = isReal ? real : INTEGER.matcher(source).region(at, source.length());
        if (!isReal && !number.lookingAt()) {
            throw error.apply("unexpected char '" + source.charAt(at) + "'");
        }
        end = number.end();
        return new Token(
                isReal ? Token.Kind.FLOAT : Token.Kind.INTEGER,
                number.group().replace("_", ""),
                line);
    }

    private void balance(char c) {
        switch (c) {
            case '(' -> open.push(')');
            case '[' -> open.push(']');
            case '{' -> open.push('}');
            case ')', ']', '}' -> {
                if (open.isEmpty()) {
                    throw error.apply("unexpected '" + c + "'");
                }
                char expected = open.pop();
                if (expected != c) {
                    throw error.apply("unexpected '" + c + "', expected '" + expected + "'");
                }
            }
            default -> {}
        }
    }

    private Token string(int at, int line) {
        char quote = source.charAt(at);
        StringBuilder text = new StringBuilder();
        int i = at + 1;
        while (true) {
            if (i >= source.length()) {
                throw error.apply("unexpected char " + quote + ": the string has no end");
            }
            char c = source.charAt(i++);
            if (c == quote) {
                break;
            }
            if (c == '\\') {
                i = escape(text, i);
            } else {
                text.append(c);
            }
        }
        end = i;
        return new Token(Token.Kind.STRING, text.toString(), line);
    }

    /** Appends what an escape stands for; returns where it ends. */
    private int escape(StringBuilder text, int at) {
        if (at >= source.length()) {
            throw error.apply("the string has no end");
        }
        char c = source.charAt(at);
        switch (c) {
            case '\n' -> {}
            case '\\', '\'', '"' -> text.append(c);
            case 'a' -> text.append('\u0007');
            case 'b' -> text.append('\b');
            case 'f' -> text.append('\f');
            case 'n' -> text.append('\n');
            case 'r' -> text.append('\r');
            case 't' -> text.append('\t');
            case 'v' -> text.append('\u000b');
            case 'x' -> {
                return hex(text, at + 1, 2);
            }
            case 'u' -> {
                return hex(text, at + 1, 4);
            }
            case 'U' -> {
                return hex(text, at + 1, 8);
            }
            case '0', '1', '2', '3', '4', '5', '6', '7' -> {
                return octal(text, at);
            }
            case 'N' -> throw error.apply("a character by its name (\\N) is not supported");
            default -> text.append('\\').append(c);
        }
        return at + 1;
    }

    private int octal(StringBuilder text, int from) {
        int at = from;
        int value = 0;
        while (at < from + 3 && at < source.length() && isOctal(source.charAt(at))) {
            value = value * 8 + (source.charAt(at++) - '0');
        }
        text.append((char) value);
        return at;
    }

    private static boolean isOctal(char c) {
        return c >= '0' && c <= '7';
    }

    private int hex(StringBuilder text, int from, int digits) {
        int to = from + digits;
        long value = 0;
        for (int i = from; i < to; i++) {
            int digit = i < source.length() ? Character.digit(source.charAt(i), 16) : -1;
            if (digit < 0) {
                throw error.apply("truncated escape in a string");
            }
            value = value * 16 + digit;
        }
        if (value > Character.MAX_CODE_POINT) {
            throw error.apply("illegal Unicode character in a string");
        }
        text.appendCodePoint((int) value);
        return to;
    }
}
