/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.core;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.lora4j.core.PatternGroup.Item;
import org.lora4j.core.PatternGroup.Kind;
import org.lora4j.core.PatternGroup.Width;

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

    private final PatternReader in;
    private final StringBuilder out = new StringBuilder();
    private final Deque<PatternGroup> open = new ArrayDeque<>();
    private final Map<String, Integer> names = new HashMap<>();
    private RegexFlags flags = RegexFlags.NONE;
    private int groups;
    private final List<Width> widths = new ArrayList<>();
    private PatternGroup group = new PatternGroup(0, 0, Kind.TAKES_TEXT, flags);
    private int sinceTouch;

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
            throw new SyntaxException("missing ), unterminated subpattern", group.start());
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
            push(at, "(?<g" + ++groups + ">", groups, Kind.TAKES_TEXT, flags);
            return;
        }
        int c = in.next();
        switch (c) {
            case ':' -> push(at, "(?:", 0, Kind.TAKES_TEXT, flags);
            case '>' -> push(at, "(?>", 0, Kind.TAKES_TEXT, flags);
            case '=' -> push(at, "(?=", 0, Kind.LOOK_AHEAD, flags);
            case '!' -> push(at, "(?!", 0, Kind.LOOK_AHEAD, flags);
            case '#' -> {
                if (!in.skipPast(')')) {
                    throw new SyntaxException("missing ), unterminated comment", at);
                }
            }
            case '<' -> {
                int kind = in.next();
                if (kind != '=' && kind != '!') {
                    throw unknown("?<", kind, at);
                }
                push(at, kind == '=' ? "(?<=" : "(?<!", 0, Kind.LOOK_BEHIND, flags);
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
            push(at, "(?<g" + ++groups + ">", groups, Kind.TAKES_TEXT, flags);
        } else if (in.accept('=')) {
            int nameAt = in.position();
            String name = in.name(')');
            Integer number = names.get(name);
            if (number == null) {
                throw new SyntaxException("unknown group name " + name, nameAt);
            }
            reference(number, nameAt);
        } else {
            throw unknown("?P", in.next(), at);
        }
    }

    private SyntaxException unknown(String start, int c, int at) {
        return c < 0
                ? new SyntaxException("unexpected end of pattern", in.position())
                : new SyntaxException("unknown extension " + start + Character.toString(c), at + 1);
    }

    private void scopedFlags(int at, int first) throws SyntaxException {
        if (!RegexFlags.isFlag(first) && first != '-') {
            throw unknown("?", first, at);
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
        push(at, "(?:" + inner.toJavaOpening(), 0, Kind.TAKES_TEXT, inner);
    }

    private void push(int at, String java, int number, Kind kind, RegexFlags inner) {
        touchNowAndThen();
        open.push(group);
        group = new PatternGroup(at, number, kind, flags);
        flags = inner;
        if (number > 0) {
            widths.add(Width.NONE);
        }
        out.append(java).append(TOUCH);
    }

    private void closeGroup(int at) throws SyntaxException {
        if (open.isEmpty()) {
            throw new SyntaxException("unbalanced parenthesis", at);
        }
        Width width = group.close();
        if (group.number() > 0) {
            widths.set(group.number() - 1, width);
        }
        flags = group.outerFlags();
        group = open.pop();
        out.append(')');
        group.add(Item.ATOM, width);
    }

    private void nextBranch() {
        group.nextBranch();
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
        open.push(group);
        for (PatternGroup around : open) {
            if (around.number() == number) {
                throw new SyntaxException("cannot refer to an open group", at);
            }
            if (around.kind() == Kind.LOOK_BEHIND) {
                throw new SyntaxException("references in a look-behind are not supported", at);
            }
        }
        open.pop();
        touchNowAndThen();
        // A reference to an empty group reads nothing by itself.
        out.append("(?:").append(TOUCH).append("\\k<g").append(number).append(">)");
        group.add(Item.ATOM, widths.get(number - 1));
    }

    private void atom(String java) {
        touchNowAndThen();
        out.append(java);
        group.add(Item.ATOM, Width.ONE);
    }

    private void anchor(String java) {
        touchNowAndThen();
        out.append(java);
        group.add(Item.ANCHOR, Width.NONE);
    }

    /** Items such as "a?" read nothing at the end of the text: no long row of them goes unread. */
    private void touchNowAndThen() {
        if (++sinceTouch >= TOUCH_EVERY) {
            out.append(TOUCH);
            sinceTouch = 0;
        }
    }

    private void quantifierOrBrace(int c, int at) throws SyntaxException {
        Width counts =
                switch (c) {
                    case '*' -> new Width(0, PatternGroup.ENDLESS);
                    case '+' -> new Width(1, PatternGroup.ENDLESS);
                    case '?' -> new Width(0, 1);
                    default -> in.counts();
                };
        if (counts == null) {
            atom("\\{");
            return;
        }
        group.repeat(counts, at);
        out.append('{').append(counts.least()).append(',');
        if (counts.most() < PatternGroup.ENDLESS) {
            out.append(counts.most());
        }
        out.append('}');
        // Lazy and possessive forms are the same in both languages.
        if (in.accept('?')) {
            out.append('?');
        } else if (in.accept('+')) {
            out.append('+');
        }
    }
}
