/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.jinja;

import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Cuts a template into tokens, with Jinja's rules for white space: one newline after a block is
 * dropped (trim_blocks), spaces before a block that starts its line are dropped (lstrip_blocks), a
 * minus strips all white space on its side, a plus keeps it. Follows jinja2/lexer.py 3.1.6.
 */
final class Lexer {
    private static final Pattern RAW = Pattern.compile("\\s*raw\\s*(-?)%\\}", unicode());
    private static final Pattern END_RAW =
            Pattern.compile("\\{%([-+]?)\\s*endraw\\s*([-+]?)%\\}", unicode());

    private final String source;
    private final List<Token> tokens = new ArrayList<>();
    private int at;
    private int line = 1;
    private int counted;
    private boolean lineStart = true;

    private Lexer(String source) {
        this.source = source;
    }

    private static int unicode() {
        return Pattern.UNICODE_CHARACTER_CLASS;
    }

    static List<Token> tokens(String template) {
        String lines = template.replace("\r\n", "\n").replace('\r', '\n');
        Lexer lexer =
                new Lexer(lines.endsWith("\n") ? lines.substring(0, lines.length() - 1) : lines);
        lexer.run();
        return lexer.tokens;
    }

    private void run() {
        while (at < source.length()) {
            int open = nextOpening();
            if (open < 0) {
                add(Token.Kind.DATA, source.substring(at));
                break;
            }
            char kind = source.charAt(open + 1);
            int inside = open + 2;
            char sign = inside < source.length() ? source.charAt(inside) : 0;
            boolean signed = sign == '-' || sign == '+';
            String text = before(source.substring(at, open), signed ? sign : 0, kind == '{');
            if (!text.isEmpty()) {
                add(Token.Kind.DATA, text);
            }
            at = inside + (signed ? 1 : 0);
            countLines(at);
            switch (kind) {
                case '#' -> comment();
                case '%' -> block();
                default -> variable();
            }
            lineStart = source.charAt(at - 1) == '\n';
        }
        countLines(source.length());
        add(Token.Kind.END, "");
    }

    private int nextOpening() {
        for (int i = source.indexOf('{', at); i >= 0; i = source.indexOf('{', i + 1)) {
            if (i + 1 < source.length() && "%{#".indexOf(source.charAt(i + 1)) >= 0) {
                return i;
            }
        }
        return -1;
    }

    /** The text before a tag, without what the tag strips. */
    private String before(String text, char sign, boolean variable) {
        if (sign == '-') {
            return Characters.stripEnd(text);
        }
        int start = text.lastIndexOf('\n') + 1;
        boolean strips = sign != '+' && !variable && (start > 0 || lineStart);
        boolean blank = Characters.strip(text.substring(start)).isEmpty();
        return strips && blank ? text.substring(0, start) : text;
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
        String sign = end.group(1);
        String text =
                before(
                        source.substring(at, end.start()),
                        sign.isEmpty() ? 0 : sign.charAt(0),
                        false);
        if (!text.isEmpty()) {
            add(Token.Kind.DATA, text);
        }
        at = end.end();
        after(end.group(2).isEmpty() ? 0 : end.group(2).charAt(0), true);
    }

    private void variable() {
        add(Token.Kind.VARIABLE_BEGIN, "");
        inside("}}", false);
        add(Token.Kind.VARIABLE_END, "");
    }

    /** The tokens of a tag, its end included. */
    private void inside(String end, boolean block) {
        TagLexer tag = new TagLexer(source, this::error);
        while (true) {
            at = tag.skipSpace(at);
            countLines(at);
            if (at >= source.length()) {
                throw error("unexpected end of template, expected '" + end + "'");
            }
            if (tag.balanced()) {
                char sign = source.charAt(at);
                boolean signed = sign == '-' || (sign == '+' && block);
                if (source.startsWith(end, at) || (signed && source.startsWith(end, at + 1))) {
                    at += end.length() + (signed ? 1 : 0);
                    after(signed ? sign : 0, block);
                    return;
                }
            }
            tokens.add(tag.token(at, line));
            at = tag.end();
        }
    }

    /** Skips what a tag's end strips. */
    private void after(char sign, boolean block) {
        if (sign == '-') {
            while (at < source.length() && Characters.isSpace(source.charAt(at))) {
                at++;
            }
        } else if (block && sign != '+' && at < source.length() && source.charAt(at) == '\n') {
            at++;
        }
    }

    private void add(Token.Kind kind, String text) {
        tokens.add(new Token(kind, text, line));
    }

    private void countLines(int to) {
        for (; counted < to; counted++) {
            if (source.charAt(counted) == '\n') {
                line++;
            }
        }
    }

    private TemplateException error(String message) {
        countLines(Math.min(at, source.length()));
        return new TemplateException(line, "TemplateSyntaxError: " + message);
    }
}
