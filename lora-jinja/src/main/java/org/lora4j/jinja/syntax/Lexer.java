/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.jinja.syntax;

import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.lora4j.jinja.python.Failure;
import org.lora4j.jinja.python.Texts;

/**
 * Cuts a template into tokens, with Jinja's rules for white space: one newline after a block is
 * dropped (trim_blocks), spaces before a block that starts its line are dropped (lstrip_blocks), a
 * minus strips all white space on its side, a plus keeps it. Follows jinja2/lexer.py 3.1.6.
 */
final class Lexer {
    private static final Pattern RAW =
            Pattern.compile("\\s*raw\\s*(-?)%\\}", Pattern.UNICODE_CHARACTER_CLASS);
    private static final Pattern END_RAW =
            Pattern.compile(
                    "\\{%([-+]?)\\s*endraw\\s*([-+]?)%\\}", Pattern.UNICODE_CHARACTER_CLASS);

    private final String source;
    private final List<Token> tokens = new ArrayList<>();
    private int at;
    private int line = 1;
    private int counted;
    private boolean lineStart = true;

    private Lexer(String source) {
        this.source = source;
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
                default -> {
                    add(Token.Kind.VARIABLE_BEGIN, "");
                    inside("}}", false);
                    add(Token.Kind.VARIABLE_END, "");
                }
            }
            lineStart = source.charAt(at - 1) == '\n';
        }
        add(Token.Kind.DATA, source.substring(at));
        countLines(source.length());
        tokens.add(new Token(Token.Kind.END, "", line));
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
        int start = to;
        while (start > at && source.charAt(start - 1) != '\n') {
            start--;
        }
        boolean ownLine = start > at || lineStart;
        if (sign != '-') {
            boolean strips = sign != '+' && !variable && ownLine && end <= start;
            end = strips ? start : to;
        }
        add(Token.Kind.DATA, source.substring(at, end));
    }

    private void comment() {
        int end = source.indexOf("#}", at);
        if (at == source.length()) {
            return;
        }
        if (end < 0) {
            throw error("Missing end of comment tag");
        }
        char sign = end > at ? source.charAt(end - 1) : 0;
        at = end + 2;
        after(sign, true);
    }

    private void block() {
        Matcher raw = RAW.matcher(source).region(at, source.length());
        if (raw.lookingAt()) {
            at = raw.end();
            after(raw.group(1).isEmpty() ? '+' : '-', true);
            raw();
            return;
        }
        add(Token.Kind.BLOCK_BEGIN, "");
        inside("%}", true);
        add(Token.Kind.BLOCK_END, "");
    }

    private void raw() {
        Matcher end = END_RAW.matcher(source);
        if (at == source.length()) {
            return;
        }
        if (!end.find(at)) {
            throw error("Missing end of raw directive");
        }
        lineStart = source.charAt(at - 1) == '\n';
        data(end.start(), end.group(1).isEmpty() ? 0 : end.group(1).charAt(0), false);
        at = end.end();
        after(end.group(2).isEmpty() ? 0 : end.group(2).charAt(0), true);
    }

    /** The tokens of a tag, its end included. */
    private void inside(String end, boolean block) {
        TagLexer tag = new TagLexer(source, this::error);
        while (true) {
            skipSpace();
            countLines(at);
            if (at >= source.length()) {
                throw error("unexpected end of template, expected '" + end + "'");
            }
            char sign = source.charAt(at);
            int signs = sign == '-' || (sign == '+' && block) ? 1 : 0;
            int ends = source.startsWith(end, at) ? 0 : signs;
            if (tag.isBalanced() && source.startsWith(end, at + ends)) {
                at += end.length() + ends;
                after(signs > 0 ? sign : 0, block);
                return;
            }
            tokens.add(tag.token(at, line));
            at = tag.end();
        }
    }

    /** Skips what a tag's end strips. */
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

    private void countLines(int to) {
        for (; counted < to; counted++) {
            line += source.charAt(counted) == '\n' ? 1 : 0;
        }
    }

    private Failure error(String message) {
        countLines(Math.min(at, source.length()));
        return Failure.syntax(line, message);
    }
}
