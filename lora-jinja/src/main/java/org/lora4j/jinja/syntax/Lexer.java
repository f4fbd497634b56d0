/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.jinja.syntax;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.lora4j.jinja.python.Failure;
import org.lora4j.jinja.python.Texts;

/**
 * Splits a template into tokens and applies Jinja's rules for white space: one newline after a
 * block is dropped (trim_blocks), spaces before a block that starts its line are dropped
 * (lstrip_blocks), a minus strips all white space on its side, a plus keeps it. Follows
 * jinja2/lexer.py 3.1.6.
 */
final class Lexer {
    private static final Pattern RAW =
            Pattern.compile("\\s*raw\\s*(-?)%\\}", Pattern.UNICODE_CHARACTER_CLASS);
    private static final Pattern END_RAW =
            Pattern.compile(
                    "\\{%([-+]?)\\s*endraw\\s*([-+]?)%\\}", Pattern.UNICODE_CHARACTER_CLASS);

    /** Operators and numbers: one group for each of {@link #KINDS}. */
    private static final Pattern TOKEN =
            Pattern.compile(
                    "(\\*\\*|//|[=!<>]=|[-+*/%~()\\[\\]{}<>=,.:|;])"
                            + "|((?<!\\.)(?:\\d+_)*+\\d+"
                            + "(?:(?:\\.(?:\\d+_)*\\d+)?e[+-]?(?:\\d+_)*\\d+|\\.(?:\\d+_)*\\d+))"
                            + "|(0b(?:_?[01])+|0o(?:_?[0-7])+|0x(?:_?[0-9a-f])+"
                            + "|[1-9](?:_?\\d)*|0(?:_?0)*)",
                    Pattern.CASE_INSENSITIVE);

    private static final List<Token.Kind> KINDS =
            List.of(Token.Kind.OPERATOR, Token.Kind.FLOAT, Token.Kind.INTEGER);

    private static final String ESCAPES = "abfnrtv\\'\"";
    private static final String ESCAPED = "\u0007\b\f\n\r\t\u000b\\'\"";

    private final String source;
    private final Matcher matcher;
    private final List<Token> tokens = new ArrayList<>();
    private int at;
    private int line = 1;
    private int counted;
    private boolean lineStart = true;

    private Lexer(String source) {
        this.source = source;
        this.matcher = TOKEN.matcher(source).useTransparentBounds(true);
    }

    static List<Token> tokens(String template) {
        String lines = template.replace("\r\n", "\n").replace('\r', '\n');
        Lexer lexer =
                new Lexer(lines.endsWith("\n") ? lines.substring(0, lines.length() - 1) : lines);
        lexer.run();
        return lexer.tokens;
    }

    private void run() {
        for (int open = opening(); open >= 0; open = opening()) {
            char kind = source.charAt(open + 1);
            int inside = open + 2;
            char sign = inside < source.length() ? source.charAt(inside) : 0;
            boolean signed = sign == '-' || sign == '+';
            data(open, signed ? sign : 0, kind == '{');
            at = inside + (signed ? 1 : 0);
            countLines(at);
            switch (kind) {
                case '#' -> comment();
                case '%' -> block();
                default -> tag(Token.Kind.VARIABLE_BEGIN, "}}", Token.Kind.VARIABLE_END);
            }
            lineStart = source.charAt(at - 1) == '\n';
        }
        add(Token.Kind.DATA, source.substring(at));
        countLines(source.length());
        add(Token.Kind.END, "");
    }

    /** Where the next tag opens, or -1. */
    private int opening() {
        int open = source.indexOf('{', at);
        while (open >= 0
                && (open + 1 == source.length() || "%{#".indexOf(source.charAt(open + 1)) < 0)) {
            open = source.indexOf('{', open + 1);
        }
        return open;
    }

    /** Adds the text before a tag, without what the tag strips. */
    private void data(int to, char sign, boolean variable) {
        int end = to;
        while (end > at && Texts.isSpace(source.charAt(end - 1))) {
            end--;
        }
        if (sign != '-') {
            int start = Math.max(at, source.lastIndexOf('\n', to - 1) + 1);
            boolean ownLine = start > at || lineStart;
            boolean strips = sign != '+' && !variable && ownLine && end <= start;
            end = strips ? start : to;
        }
        add(Token.Kind.DATA, source.substring(at, end));
    }

    private void comment() {
        if (at < source.length()) {
            int end = source.indexOf("#}", at);
            if (end < 0) {
                throw error("Missing end of comment tag");
            }
            char sign = end > at ? source.charAt(end - 1) : 0;
            at = end + 2;
            after(sign, true);
        }
    }

    private void block() {
        Matcher raw = RAW.matcher(source).region(at, source.length());
        if (!raw.lookingAt()) {
            tag(Token.Kind.BLOCK_BEGIN, "%}", Token.Kind.BLOCK_END);
            return;
        }
        at = raw.end();
        after(raw.group(1).isEmpty() ? '+' : '-', true);
        if (at < source.length()) {
            Matcher end = END_RAW.matcher(source);
            if (!end.find(at)) {
                countLines(at);
                throw error("Missing end of raw directive");
            }
            lineStart = source.charAt(at - 1) == '\n';
            data(end.start(), sign(end.group(1)), false);
            at = end.end();
            after(sign(end.group(2)), true);
        }
    }

    private static char sign(String written) {
        return written.isEmpty() ? 0 : written.charAt(0);
    }

    /** Adds the tokens of a tag. It ends only where all its brackets are closed. */
    private void tag(Token.Kind begins, String end, Token.Kind ends) {
        add(begins, "");
        boolean block = ends == Token.Kind.BLOCK_END;
        Deque<Character> brackets = new ArrayDeque<>();
        while (true) {
            skipSpace();
            countLines(at);
            if (at >= source.length()) {
                throw error("unexpected end of template, expected '" + end + "'");
            }
            char sign = source.charAt(at);
            int signs = sign == '-' || (sign == '+' && block) ? 1 : 0;
            int length = source.startsWith(end, at) ? 0 : signs;
            if (brackets.isEmpty() && source.startsWith(end, at + length)) {
                at += end.length() + length;
                after(signs > 0 ? sign : 0, block);
                add(ends, "");
                return;
            }
            token(brackets);
        }
    }

    /** Skips what the end of a tag strips. */
    private void after(char sign, boolean block) {
        if (sign == '-') {
            skipSpace();
        } else if (block && sign != '+' && source.startsWith("\n", at)) {
            at++;
        }
    }

    private void skipSpace() {
        while (at < source.length() && Texts.isSpace(source.charAt(at))) {
            at++;
        }
    }

    private void add(Token.Kind kind, String text) {
        if (kind != Token.Kind.DATA || !text.isEmpty()) {
            tokens.add(new Token(kind, text, line));
        }
    }

    private void token(Deque<Character> brackets) {
        int c = source.codePointAt(at);
        if (c == '\'' || c == '"') {
            add(Token.Kind.STRING, string(c));
            return;
        }
        if (Character.isUnicodeIdentifierStart(c) || c == '_') {
            int start = at;
            while (at < source.length() && isIdentifierPart(source.codePointAt(at))) {
                at += Character.charCount(source.codePointAt(at));
            }
            add(Token.Kind.NAME, source.substring(start, at));
            return;
        }
        if (!matcher.region(at, source.length()).lookingAt()) {
            throw error("unexpected char '" + Character.toString(c) + "'");
        }
        at = matcher.end();
        int group = 1;
        while (matcher.start(group) < 0) {
            group++;
        }
        Token.Kind kind = KINDS.get(group - 1);
        if (kind == Token.Kind.OPERATOR) {
            balance(brackets, (char) c);
        }
        add(kind, matcher.group().replace("_", ""));
    }

    private static boolean isIdentifierPart(int c) {
        return Character.isUnicodeIdentifierPart(c) && !Character.isIdentifierIgnorable(c);
    }

    private void balance(Deque<Character> brackets, char c) {
        int opening = "([{".indexOf(c);
        if (opening >= 0) {
            brackets.push(")]}".charAt(opening));
        } else if (")]}".indexOf(c) >= 0) {
            if (brackets.isEmpty()) {
                throw error("unexpected '" + c + "'");
            }
            char expected = brackets.pop();
            if (expected != c) {
                throw error("unexpected '%c', expected '%c'".formatted(c, expected));
            }
        }
    }

    private String string(int quote) {
        StringBuilder text = new StringBuilder();
        at++;
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
        if (at >= source.length()) {
            throw error("unexpected end of template: the string has no end");
        }
        return source.charAt(at++);
    }

    /** Appends the character that a backslash followed by c stands for. */
    private void escape(StringBuilder text, char c) {
        int simple = ESCAPES.indexOf(c);
        int digits = c == 'x' ? 2 : c == 'u' ? 4 : c == 'U' ? 8 : 0;
        if (simple >= 0) {
            text.append(ESCAPED.charAt(simple));
        } else if (digits > 0) {
            hex(text, digits);
        } else if (c >= '0' && c <= '7') {
            int value = c - '0';
            for (int i = 0; i < 2 && isOctal(at); i++) {
                value = value * 8 + (next() - '0');
            }
            text.append((char) value);
        } else if (c == 'N') {
            throw error("a character by its name (\\N) is not supported");
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
                throw error("truncated escape in a string");
            }
            value = value * 16 + digit;
        }
        if (value > Character.MAX_CODE_POINT) {
            throw error("illegal Unicode character in a string");
        }
        text.appendCodePoint((int) value);
    }

    private void countLines(int to) {
        for (; counted < to; counted++) {
            line += source.charAt(counted) == '\n' ? 1 : 0;
        }
    }

    /** A failure at the line counted so far: that where the tag or token begins. */
    private Failure error(String message) {
        return Failure.syntax(line, message);
    }
}
