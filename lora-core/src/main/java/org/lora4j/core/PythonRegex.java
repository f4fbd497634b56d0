/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.core;

import java.util.ArrayDeque;
import java.util.Deque;
import java.util.HashMap;
import java.util.Map;

/**
 * Translates a pattern of Python's {@code re} (3.11, str patterns) into one of java.util.regex that
 * matches the same texts. One instance translates one pattern.
 *
 * <p>Each construct is written out so that no Java flag, line terminator or class syntax can change
 * its meaning: {@code .} becomes {@code [^\n]}, {@code $} becomes {@code (?=\n?\z)}, and groups are
 * numbered by name. Errors are Python's. Where Java would loop without reading input, a look at one
 * character is put in ({@link #TOUCH}), so that whoever counts reads bounds the running time.
 * Conditional groups, which Java lacks, are refused.
 */
final class PythonRegex {
    /** Always true, takes no text, and reads one character unless the text is empty. */
    static final String TOUCH = "(?=[\\s\\S]|(?<=[\\s\\S])|\\z)";

    private static final int MAX_LENGTH = 100_000;
    private static final int MAX_DEPTH = 100;
    private static final int TOUCH_EVERY = 16;
    private static final String WHITESPACE = " \t\n\r\u000b\f";

    /** A pattern that Python refuses too, with the position. */
    static final class SyntaxException extends Exception {
        private static final long serialVersionUID = 1L;
        private final int position;

        SyntaxException(String message, int position) {
            super(message);
            this.position = position;
        }

        int position() {
            return position;
        }
    }

    /** What stands before a quantifier. */
    private enum Item {
        NOTHING,
        ANCHOR,
        ATOM,
        REPEATED
    }

    /** A group that is still open, or the whole pattern. */
    private static final class Group {
        final int start;
        final int number;
        final RegexFlags outerFlags;
        Item last = Item.NOTHING;
        int sinceTouch;

        Group(int start, int number, RegexFlags outerFlags) {
            this.start = start;
            this.number = number;
            this.outerFlags = outerFlags;
        }
    }

    private final PatternReader in;
    private final StringBuilder out = new StringBuilder();
    private final Deque<Group> open = new ArrayDeque<>();
    private final Map<String, Integer> names = new HashMap<>();
    private RegexFlags flags = RegexFlags.NONE;
    private int groups;
    private Group group = new Group(0, 0, flags);

    private PythonRegex(String source) {
        in = new PatternReader(source);
    }

    /**
     * Translates.
     *
     * @throws SyntaxException if Python refuses the pattern, or Java has nothing to match it with
     */
    static String toJava(String source) throws SyntaxException {
        if (source.length() > MAX_LENGTH) {
            throw new SyntaxException(
                    "longer than " + MAX_LENGTH + " characters: " + source.length(), MAX_LENGTH);
        }
        return new PythonRegex(source).translate();
    }

    private String translate() throws SyntaxException {
        globalFlags();
        while (in.more()) {
            if (flags.verbose() && skipVerbose()) {
                continue;
            }
            int at = in.position();
            int c = in.next();
            switch (c) {
                case '(' -> openGroup(at);
                case ')' -> closeGroup(at);
                case '|' -> nextBranch();
                case '*', '+', '?', '{' -> quantifierOrBrace(c, at);
                case '^' -> anchor(flags.multiline() ? "(?<![^\\n])" : "\\A");
                case '$' -> anchor(flags.multiline() ? "(?![^\\n])" : "(?=\\n?\\z)");
                case '.' -> atom(flags.dotAll() ? "[\\s\\S]" : "[^\\n]");
                case '[' -> atom(CharacterClass.read(in, at, flags));
                case '\\' -> escape(at);
                default -> atom(CharacterClass.literal(c));
            }
        }
        if (!open.isEmpty()) {
            throw new SyntaxException("missing ), unterminated subpattern", group.start);
        }
        return out.toString();
    }

    /** Flags for the whole pattern stand at its very start, or Python refuses them. */
    private void globalFlags() throws SyntaxException {
        while (in.peek() == '(' && in.peek(1) == '?' && RegexFlags.isFlag(in.peek(2))) {
            int mark = in.position();
            in.skip(2);
            RegexFlags read = flags.read(in);
            if (!in.accept(')')) {
                in.reset(mark);
                return;
            }
            flags = read;
            if (flags.verbose()) {
                while (in.more() && skipVerbose()) {
                    // Spaces and comments may stand before further flags.
                }
            }
        }
        out.append(flags.toJavaOpening()).append(TOUCH);
    }

    private boolean skipVerbose() {
        if (WHITESPACE.indexOf(in.peek()) >= 0) {
            in.next();
            return true;
        }
        if (in.peek() == '#') {
            in.skipPast('\n');
            return true;
        }
        return false;
    }

    private void openGroup(int at) throws SyntaxException {
        if (open.size() >= MAX_DEPTH) {
            throw new SyntaxException("more than " + MAX_DEPTH + " groups in one another", at);
        }
        if (!in.accept('?')) {
            push(at, "(?<g" + ++groups + ">", groups, flags);
            return;
        }
        int c = in.next();
        switch (c) {
            case ':' -> push(at, "(?:", 0, flags);
            case '>' -> push(at, "(?>", 0, flags);
            case '=' -> push(at, "(?=", 0, flags);
            case '!' -> push(at, "(?!", 0, flags);
            case '#' -> {
                if (!in.skipPast(')')) {
                    throw new SyntaxException("missing ), unterminated comment", at);
                }
            }
            case '<' -> {
                int kind = in.next();
                if (kind != '=' && kind != '!') {
                    throw new SyntaxException(
                            "unknown extension ?<" + (kind < 0 ? "" : Character.toString(kind)),
                            at + 1);
                }
                push(at, kind == '=' ? "(?<=" : "(?<!", 0, flags);
            }
            case 'P' -> named(at);
            case '(' ->
                    throw new SyntaxException(
                            "conditional groups (?(...)...) are not supported; write both cases"
                                    + " with |",
                            at);
            default -> scopedFlags(at, c);
        }
    }

    private void named(int at) throws SyntaxException {
        if (in.accept('<')) {
            int nameAt = in.position();
            String name = in.name('>');
            if (names.putIfAbsent(name, groups + 1) != null) {
                throw new SyntaxException("redefinition of the group name " + name, nameAt);
            }
            push(at, "(?<g" + ++groups + ">", groups, flags);
        } else if (in.accept('=')) {
            int nameAt = in.position();
            String name = in.name(')');
            Integer number = names.get(name);
            if (number == null) {
                throw new SyntaxException("unknown group name " + name, nameAt);
            }
            reference(number, nameAt);
        } else {
            throw new SyntaxException("unknown extension ?P", at + 1);
        }
    }

    private void scopedFlags(int at, int first) throws SyntaxException {
        if (!RegexFlags.isFlag(first) && first != '-') {
            throw first < 0
                    ? new SyntaxException("unexpected end of pattern", in.position())
                    : new SyntaxException(
                            "unknown extension ?" + Character.toString(first), at + 1);
        }
        in.skip(-1);
        RegexFlags inner = flags.read(in);
        if (!in.accept(':')) {
            throw new SyntaxException(
                    in.peek() == ')'
                            ? "global flags not at the start of the expression"
                            : "missing : after flags",
                    in.peek() == ')' ? at : in.position());
        }
        push(at, "(?:" + inner.toJavaOpening(), 0, inner);
    }

    private void push(int at, String java, int number, RegexFlags inner) {
        startItem();
        open.push(group);
        group = new Group(at, number, flags);
        flags = inner;
        out.append(java).append(TOUCH);
    }

    private void closeGroup(int at) throws SyntaxException {
        if (open.isEmpty()) {
            throw new SyntaxException("unbalanced parenthesis", at);
        }
        flags = group.outerFlags;
        group = open.pop();
        out.append(')');
        group.last = Item.ATOM;
    }

    private void nextBranch() {
        group.last = Item.NOTHING;
        group.sinceTouch = 0;
        out.append('|').append(TOUCH);
    }

    private void escape(int at) throws SyntaxException {
        int c = in.peek();
        switch (c) {
            case 'A' -> escapedAnchor("\\A");
            case 'Z' -> escapedAnchor("\\z");
            case 'b' -> escapedAnchor(flags.wordBoundary());
            case 'B' -> escapedAnchor(flags.noWordBoundary());
            case '1', '2', '3', '4', '5', '6', '7', '8', '9' -> numbered(at);
            default -> atom(CharacterClass.escape(in, at, flags, false));
        }
    }

    private void escapedAnchor(String java) {
        in.next();
        anchor(java);
    }

    /** \1 to \99 refer to groups, three octal digits are a character: Python's rule. */
    private void numbered(int at) throws SyntaxException {
        int first = in.next() - '0';
        int number = first;
        if (in.peek() >= '0' && in.peek() <= '9') {
            if (first < 8 && in.peek() < '8' && in.peek(1) >= '0' && in.peek(1) < '8') {
                int octal = first * 64 + (in.next() - '0') * 8 + (in.next() - '0');
                if (octal > 255) {
                    throw new SyntaxException("octal escape outside of range 0-0o377", at);
                }
                atom(CharacterClass.literal(octal));
                return;
            }
            number = first * 10 + in.next() - '0';
        }
        if (number > groups) {
            throw new SyntaxException("invalid group reference " + number, at + 1);
        }
        reference(number, at);
    }

    private void reference(int number, int at) throws SyntaxException {
        boolean inside = group.number == number;
        for (Group outer : open) {
            inside |= outer.number == number;
        }
        if (inside) {
            throw new SyntaxException("cannot refer to an open group", at);
        }
        // A reference to an empty group reads nothing by itself.
        atom("(?:" + TOUCH + "\\k<g" + number + ">)");
    }

    private void atom(String java) {
        startItem();
        out.append(java);
        group.last = Item.ATOM;
    }

    private void anchor(String java) {
        startItem();
        out.append(java);
        group.last = Item.ANCHOR;
    }

    private void startItem() {
        if (++group.sinceTouch >= TOUCH_EVERY) {
            out.append(TOUCH);
            group.sinceTouch = 0;
        }
    }

    private void quantifierOrBrace(int c, int at) throws SyntaxException {
        String java;
        if (c == '{') {
            String counts = in.counts();
            if (counts == null) {
                atom("\\{");
                return;
            }
            java = counts;
        } else {
            java = Character.toString(c);
        }
        switch (group.last) {
            case NOTHING, ANCHOR -> throw new SyntaxException("nothing to repeat", at);
            case REPEATED -> throw new SyntaxException("multiple repeat", at);
            case ATOM -> out.append(java);
        }
        // Lazy and possessive forms are the same in both languages.
        if (in.accept('?')) {
            out.append('?');
        } else if (in.accept('+')) {
            out.append('+');
        }
        group.last = Item.REPEATED;
    }
}
