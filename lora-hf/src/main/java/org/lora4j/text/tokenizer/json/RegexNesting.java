/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.text.tokenizer.json;

import java.util.ArrayDeque;
import java.util.Deque;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** What the text of a regular expression says without running it. */
final class RegexNesting {
    private static final Pattern SCRIPT = Pattern.compile("\\\\([pP])\\{(\\^?)([A-Za-z_]+)\\}");

    /** Classes that Oniguruma and Java name in other ways. */
    private static final Map<String, String> NAMES =
            Map.of(
                    "Letter", "L",
                    "Number", "N",
                    "Punctuation", "P",
                    "Symbol", "S",
                    "Mark", "M",
                    "Space", "IsWhite_Space",
                    "Alnum", "IsAlphabetic",
                    "Word", "IsAlphabetic");

    /** A group: whether anything in it repeats without bound, and whether it gives back. */
    private static final class Group {
        private boolean unbounded;
        private final boolean atomic;

        Group(boolean atomic) {
            this.atomic = atomic;
        }
    }

    private RegexNesting() {}

    /** The pattern with the names of scripts as Java writes them: {@code \p{IsHan}}. */
    static String forJava(String regex) {
        Matcher matcher = SCRIPT.matcher(regex.replace("\\h", "[0-9A-Fa-f]"));
        return matcher.replaceAll(
                found -> {
                    String name = NAMES.getOrDefault(found.group(3), found.group(3));
                    String negated = found.group(2).isEmpty() ? found.group(1) : "P";
                    boolean script = name.length() > 2 && !name.startsWith("Is");
                    return Matcher.quoteReplacement(
                            "\\" + negated + "{" + (script ? "Is" : "") + name + "}");
                });
    }

    /** Whether a group with an unbounded repetition in it is itself repeated without bound. */
    static boolean repeatsARepeat(String regex) {
        Deque<Group> groups = new ArrayDeque<>();
        groups.push(new Group(false));
        Group closed = null;
        for (int i = 0; i < regex.length(); i++) {
            char c = regex.charAt(i);
            Group before = closed;
            closed = null;
            switch (c) {
                case '\\' -> i = afterEscape(regex, i);
                case '[' -> i = afterClass(regex, i);
                case '(' -> groups.push(new Group(regex.startsWith("(?>", i)));
                case ')' -> {
                    if (groups.size() > 1) {
                        closed = groups.pop();
                        groups.element().unbounded |= closed.unbounded && !closed.atomic;
                    }
                }
                case '*', '+', '{' -> {
                    int end = c == '{' ? regex.indexOf('}', i) : i;
                    boolean unbounded = c != '{' || (end > i && isOpen(regex.substring(i, end)));
                    boolean possessive =
                            c != '{' && end + 1 < regex.length() && regex.charAt(end + 1) == '+';
                    if (unbounded && !possessive) {
                        if (before != null && before.unbounded && !before.atomic) {
                            return true;
                        }
                        groups.element().unbounded = true;
                    }
                    i = possessive ? end + 1 : Math.max(i, end);
                }
                default -> {}
            }
        }
        return false;
    }

    /** Whether {@code {2,} } has no end; large counts are as good as none. */
    private static boolean isOpen(String braces) {
        int comma = braces.indexOf(',');
        String last = braces.substring(comma < 0 ? 1 : comma + 1).strip();
        return last.isEmpty() ? comma >= 0 : last.length() > 3;
    }

    private static int afterEscape(String regex, int at) {
        boolean named = at + 2 < regex.length() && regex.charAt(at + 2) == '{';
        int end = named ? regex.indexOf('}', at) : -1;
        return end < 0 ? at + 1 : end;
    }

    /** The last character of a class, which may hold classes. */
    private static int afterClass(String regex, int at) {
        int depth = 0;
        for (int i = at; i < regex.length(); i++) {
            switch (regex.charAt(i)) {
                case '\\' -> i++;
                case '[' -> depth++;
                case ']' -> {
                    // "[]a]" and "[^]a]" have the bracket itself.
                    boolean first = i == at + 1 || (i == at + 2 && regex.charAt(at + 1) == '^');
                    if (!first && --depth == 0) {
                        return i;
                    }
                }
                default -> {}
            }
        }
        return regex.length();
    }
}
