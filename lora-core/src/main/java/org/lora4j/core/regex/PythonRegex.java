/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.core.regex;

import java.util.ArrayDeque;
import java.util.Deque;
import java.util.EnumSet;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.function.UnaryOperator;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/**
 * Compiles a pattern of Python's {@code re} for java.util.regex. Tables list the constructs that
 * are copied, those that are rewritten, and those that are refused, with the reason. Python accepts
 * each pattern that is accepted here, and matches the same texts with it.
 *
 * <p>java.util.regex may go on without reading the text, as it does for {@code (?:|)} repeated.
 * {@link #TOUCH} follows each construct where this could begin, so that a limit on the characters
 * read limits the time.
 */
final class PythonRegex {
    /** Takes no text, matches anywhere in a text that is not empty, and reads a character. */
    static final String TOUCH = "(?=[\\s\\S]|(?<=[\\s\\S]))";

    private static final int MAX_LENGTH = 100_000;
    private static final int MAX_DEPTH = 100;

    private static final String DIGIT = "\\p{Nd}";
    private static final String WORD = "\\p{L}\\p{N}_";
    private static final String SPACE =
            "\\x09-\\x0d\\x1c-\\x20\\x85\\xa0\\u1680\\u2000-\\u200a\\u2028\\u2029\\u202f\\u205f\\u3000";

    /** Java goes back by code points only in a look-behind with one that is two chars. */
    private static final String COUNT_CODE_POINTS = "\ud83d\ude00{0}";

    private static final String CONTROL_LETTERS = "abfnrtv";
    private static final String CONTROLS = "\7\b\f\n\r\t\13";
    private static final String ESCAPED =
            "\\\\(?:[afnrtv]|x\\p{XDigit}{2}|u\\p{XDigit}{4}|[^A-Za-z0-9])";
    private static final String MEMBER = "(?:[^\\\\]|\\\\b|" + ESCAPED + ")";
    private static final String TWICE = "\\{(?!0*[01]?[,}]).*";
    private static final Pattern FLAGS = Pattern.compile("\\(\\?[is]+\\)");

    /** The construct that a rule is for. */
    private enum Kind {
        ATOM,
        CLASS,
        OPEN,
        LOOK_AHEAD,
        LOOK_BEHIND,
        CLOSE,
        BRANCH,
        ANCHOR,
        REPEAT,
        REFUSED
    }

    private static final Set<Kind> REPEATABLE = EnumSet.of(Kind.ATOM, Kind.CLASS, Kind.CLOSE);
    private static final Set<Kind> IN_LOOK_BEHIND =
            EnumSet.of(Kind.ATOM, Kind.CLASS, Kind.CLOSE, Kind.ANCHOR);
    private static final Set<Kind> ASSERTIONS =
            EnumSet.of(Kind.ANCHOR, Kind.LOOK_AHEAD, Kind.LOOK_BEHIND);

    /** How a construct of Python is written in Java, or why it is refused. */
    private record Rule(Kind kind, Pattern python, UnaryOperator<String> java) {}

    private static final List<Rule> ESCAPES =
            List.of(
                    write(Kind.ATOM, "\\\\d", "[" + DIGIT + "]"),
                    write(Kind.ATOM, "\\\\D", "[^" + DIGIT + "]"),
                    write(Kind.ATOM, "\\\\w", "[" + WORD + "]"),
                    write(Kind.ATOM, "\\\\W", "[^" + WORD + "]"),
                    write(Kind.ATOM, "\\\\s", "[" + SPACE + "]"),
                    write(Kind.ATOM, "\\\\S", "[^" + SPACE + "]"),
                    refuse("\\\\0", "is an octal escape; write \\xhh"),
                    refuse("\\\\[UN]", "is a character's number or name; write the character"),
                    refuse("\\\\[xu]", "lacks digits; write \\xhh or \\uhhhh"),
                    refuse("\\\\[A-Za-z]", "is no escape of Python's"),
                    refuse("\\\\", "ends the pattern; write \\\\ for a backslash"));

    private static final List<Rule> IN_CLASS =
            concat(
                    List.of(
                            refuse("\\\\[dDsSwW]-[^]]", "begins a range; write \\- for a hyphen"),
                            refuse(
                                    MEMBER + "-\\\\[dDsSwW]",
                                    "ends in a set; write \\- for a hyphen"),
                            rule(Kind.ATOM, MEMBER + "-(?!])" + MEMBER, PythonRegex::range),
                            rule(Kind.ATOM, MEMBER, PythonRegex::literal),
                            refuse("\\\\[1-9]", "is an octal escape; write \\xhh")),
                    ESCAPES);

    private static final List<Rule> OUTSIDE =
            concat(
                    List.of(
                            rule(
                                    Kind.ATOM,
                                    "[^\\\\.^$|?*+{()\\[]|" + ESCAPED,
                                    PythonRegex::literal),
                            copy(Kind.ATOM, "\\."),
                            copy(Kind.CLASS, "\\[\\^?"),
                            copy(Kind.OPEN, "\\((?!\\?)|\\(\\?[is]*:"),
                            copy(Kind.LOOK_AHEAD, "\\(\\?[=!]"),
                            write(Kind.OPEN, "\\(\\?P<[A-Za-z_]\\w*>", "("),
                            rule(Kind.LOOK_BEHIND, "\\(\\?<[=!]", s -> s + COUNT_CODE_POINTS),
                            copy(Kind.CLOSE, "\\)"),
                            copy(Kind.BRANCH, "\\|"),
                            copy(Kind.ANCHOR, "[\\^$]|\\\\A"),
                            write(Kind.ANCHOR, "\\\\Z", "\\z"),
                            write(Kind.ANCHOR, "\\\\b", boundary("(?!", "(?=")),
                            write(Kind.ANCHOR, "\\\\B", boundary("(?=", "(?!")),
                            refuse(
                                    "(?:[*+?]|\\{\\d*,?\\d*})\\+",
                                    "is possessive, which Python 3.10 does not know; drop the +"),
                            copy(Kind.REPEAT, "(?:[*+?]|\\{\\d+(?:,\\d*)?})\\??"),
                            rule(Kind.REPEAT, "\\{,\\d*}\\??", s -> "{0" + s.substring(1)),
                            refuse("\\{", "is no repetition; write \\{ for a brace"),
                            refuse("\\(\\?P=", "refers to a group; write its text again"),
                            refuse("\\\\[1-9]", "refers to a group, or is octal; write the text"),
                            refuse(
                                    "\\(\\?>",
                                    "is atomic, which Python 3.10 does not know; write (?:"),
                            refuse("\\(\\?\\(", "is a condition; write both cases with |"),
                            refuse("\\(\\?#", "is a comment; leave it out"),
                            refuse(
                                    "\\(\\?[aiLmsux-]+[:)]",
                                    "sets flags; only i and s can be set, by (?i) at the start or"
                                            + " (?i:...)"),
                            refuse("\\(\\?P?<", "names no group; write (...) or (?P<name>...)"),
                            refuse("\\(\\?", "begins no group of Python's")),
                    ESCAPES);

    /** Says what is refused, and where it stands. */
    static final class RefusedException extends Exception {
        private static final long serialVersionUID = 1L;
        private final int position;

        RefusedException(String message, int position) {
            super(message);
            this.position = position;
        }

        int position() {
            return position;
        }
    }

    private final String source;
    private final Matcher construct;
    private final StringBuilder java = new StringBuilder();
    private final Set<String> names = new HashSet<>();
    private final Deque<Integer> openGroups = new ArrayDeque<>();
    private Kind last = Kind.OPEN;
    private int position;
    private int lastGroup;
    private int lastAssertion = -1;
    private boolean inLookBehind;

    private PythonRegex(String source) {
        this.source = source;
        construct = FLAGS.matcher(source);
    }

    /**
     * Compiles a pattern.
     *
     * @throws RefusedException if Python refuses it, or Java would match other texts
     * @throws java.util.regex.PatternSyntaxException if both refuse it, or it is too long for the
     *     thread's stack
     */
    static Pattern compile(String source) throws RefusedException {
        if (source.length() > MAX_LENGTH) {
            throw new RefusedException(
                    "longer than " + MAX_LENGTH + " characters: " + source.length(), MAX_LENGTH);
        }
        return Pattern.compile(
                new PythonRegex(source).translate(), Pattern.UNIX_LINES | Pattern.UNICODE_CASE);
    }

    private String translate() throws RefusedException {
        while (construct.region(position, source.length()).lookingAt()) {
            position = construct.end();
            java.append(construct.group());
        }
        java.append(TOUCH);
        while (position < source.length()) {
            int start = position;
            Kind kind = next(OUTSIDE);
            String text = source.substring(start, position);
            if (inLookBehind && !IN_LOOK_BEHIND.contains(kind)) {
                throw refused(start, text, "stands in a look-behind; write plain characters there");
            }
            switch (kind) {
                case CLASS -> readClass(start);
                case OPEN, LOOK_AHEAD, LOOK_BEHIND -> open(start, text);
                case CLOSE -> {
                    if (openGroups.isEmpty()) {
                        throw refused(start, text, "closes no group; write \\) for a bracket");
                    }
                    lastGroup = openGroups.pop();
                }
                case REPEAT -> checkRepeat(start, text);
                default -> {}
            }
            if (!REPEATABLE.contains(kind)) {
                java.append(TOUCH);
            }
            if (ASSERTIONS.contains(kind)) {
                lastAssertion = start;
            }
            inLookBehind = kind == Kind.LOOK_BEHIND || (inLookBehind && kind != Kind.CLOSE);
            last = kind;
        }
        if (!openGroups.isEmpty()) {
            throw refused(
                    openGroups.peek(),
                    "(",
                    "begins a group that does not end; write \\( for a bracket");
        }
        return java.toString();
    }

    private void open(int start, String text) throws RefusedException {
        openGroups.push(start);
        if (openGroups.size() > MAX_DEPTH) {
            throw refused(start, text, "lies in more than " + MAX_DEPTH + " groups");
        }
        if (text.startsWith("(?P") && !names.add(text)) {
            throw refused(start, text, "names a second group so; give each its own name");
        }
    }

    private void checkRepeat(int start, String text) throws RefusedException {
        if (!REPEATABLE.contains(last)) {
            throw refused(start, text, "repeats nothing, or a repetition");
        }
        if (last == Kind.CLOSE && lastAssertion >= lastGroup && text.matches(TWICE)) {
            // Java takes a round without text for all that are still to come.
            throw refused(
                    start, text, "repeats a group with an anchor or look-around; write it out");
        }
    }

    /** Writes a class up to the bracket that ends it, which is not its first character. */
    private void readClass(int start) throws RefusedException {
        do {
            if (position == source.length()) {
                throw refused(
                        start, "[", "begins a class that does not end; write \\[ for a bracket");
            }
            next(IN_CLASS);
        } while (!source.startsWith("]", position));
        java.append(']');
        position++;
    }

    /** Writes the next construct. */
    private Kind next(List<Rule> rules) throws RefusedException {
        for (Rule rule : rules) {
            if (construct.usePattern(rule.python).region(position, source.length()).lookingAt()) {
                String found = construct.group();
                if (rule.kind == Kind.REFUSED) {
                    throw refused(position, found, rule.java.apply(found));
                }
                java.append(rule.java.apply(found));
                position = construct.end();
                return rule.kind;
            }
        }
        throw new IllegalStateException("no rule for " + source + " at " + position);
    }

    private static RefusedException refused(int position, String construct, String why) {
        return new RefusedException("\"" + construct + "\" " + why, position);
    }

    private static Rule rule(Kind kind, String python, UnaryOperator<String> java) {
        return new Rule(kind, Pattern.compile(python, Pattern.DOTALL), java);
    }

    private static Rule copy(Kind kind, String python) {
        return rule(kind, python, UnaryOperator.identity());
    }

    private static Rule write(Kind kind, String python, String java) {
        return rule(kind, python, found -> java);
    }

    private static Rule refuse(String python, String why) {
        return write(Kind.REFUSED, python, why);
    }

    private static List<Rule> concat(List<Rule> first, List<Rule> second) {
        return Stream.concat(first.stream(), second.stream()).toList();
    }

    /** A place whose two sides differ in being word characters, or are alike. */
    private static String boundary(String afterWord, String afterOther) {
        String word = "[" + WORD + "])";
        return "(?:(?<=" + word + afterWord + word + "|(?<!" + word + afterOther + word + ")";
    }

    /** One character, written so that it has no other meaning. */
    private static String literal(String python) {
        int c = python.codePointBefore(python.length());
        if (python.startsWith("\\x") || python.startsWith("\\u")) {
            c = Integer.parseInt(python.substring(2), 16);
        } else if (python.startsWith("\\") && CONTROL_LETTERS.indexOf(c) >= 0) {
            c = CONTROLS.charAt(CONTROL_LETTERS.indexOf(c));
        }
        return String.format("\\x{%x}", c);
    }

    private static String range(String python) {
        int hyphen = python.indexOf('-', python.startsWith("\\") ? 2 : 1);
        return literal(python.substring(0, hyphen)) + "-" + literal(python.substring(hyphen + 1));
    }
}
