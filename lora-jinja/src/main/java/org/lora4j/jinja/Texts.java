/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.jinja;

import java.util.Locale;
import java.util.function.IntPredicate;

/** What several operations on texts share. */
final class Texts {
    private Texts() {}

    /** A text that must be one. */
    static String text(Value value, String where) {
        if (value instanceof StrValue str) {
            return str.text();
        }
        throw Failure.type(where + " must be str, not " + value.typeName());
    }

    static String repeat(Execution run, String text, long count) {
        if (text.isEmpty() || count <= 0) {
            return "";
        }
        run.budget().text(count > Integer.MAX_VALUE ? Long.MAX_VALUE : count * text.length());
        return text.repeat((int) count);
    }

    static int length(Execution run, String text) {
        run.budget().steps(text.length() / 16);
        return text.codePointCount(0, text.length());
    }

    static String upper(Execution run, String text) {
        return run.budget().made(text).toUpperCase(Locale.ROOT);
    }

    static String lower(Execution run, String text) {
        return run.budget().made(text).toLowerCase(Locale.ROOT);
    }

    /** {@code str.capitalize}: the first character in title case, the rest in lower case. */
    static String capitalize(Execution run, String text) {
        run.budget().text(text.length());
        if (text.isEmpty()) {
            return text;
        }
        int first = text.offsetByCodePoints(0, 1);
        return title(text.substring(0, first)) + text.substring(first).toLowerCase(Locale.ROOT);
    }

    /** One character in title case; those that become several do so through upper case. */
    static String title(String character) {
        int c = character.codePointAt(0);
        int title = Character.toTitleCase(c);
        if (title != c) {
            return Character.toString(title);
        }
        String upper = character.toUpperCase(Locale.ROOT);
        return upper.length() == character.length()
                ? upper
                : upper.substring(0, 1) + upper.substring(1).toLowerCase(Locale.ROOT);
    }

    static boolean all(String text, IntPredicate test) {
        return !text.isEmpty() && text.codePoints().allMatch(test);
    }

    /** {@code str.islower} or {@code isupper}: some letters with case, none of the other case. */
    static boolean isCased(Execution run, String text, boolean upper) {
        run.budget().scan(text.length());
        boolean cased = false;
        for (int i = 0; i < text.length(); i += Character.charCount(text.codePointAt(i))) {
            int c = text.codePointAt(i);
            boolean isUpper = Character.isUpperCase(c);
            boolean isLower = Character.isLowerCase(c);
            if (Character.isTitleCase(c) || (upper ? isLower : isUpper)) {
                return false;
            }
            cased |= isUpper || isLower;
        }
        return cased;
    }

    /** {@code str.strip(chars)}, of the start, the end or both; null strips white space. */
    static String strip(Execution run, String text, Value characters, boolean start, boolean end) {
        run.budget().scan(text.length());
        IntPredicate stripped;
        if (characters == None.NONE) {
            stripped = Characters::isSpace;
        } else {
            String set = text(characters, "strip arg");
            run.budget().steps(set.length());
            stripped = c -> set.indexOf(c) >= 0;
        }
        int from = 0;
        int to = text.length();
        while (start && from < to && stripped.test(text.codePointAt(from))) {
            from += Character.charCount(text.codePointAt(from));
        }
        while (end && to > from && stripped.test(text.codePointBefore(to))) {
            to -= Character.charCount(text.codePointBefore(to));
        }
        run.budget().text(to - (long) from);
        return text.substring(from, to);
    }

    /** {@code text.replace(old, with, count)}; a negative count replaces all. */
    static String replace(Execution run, String text, String old, String with, long count) {
        run.budget().search(text.length(), old.length());
        StringBuilder out = new StringBuilder();
        long left = count < 0 ? Long.MAX_VALUE : count;
        int from = 0;
        int at = 0;
        while (left-- > 0 && (at = text.indexOf(old, at)) >= 0) {
            append(run, out, text, from, at);
            out.append(run.budget().made(with));
            from = at + old.length();
            if (old.isEmpty()) {
                // Python puts the replacement before every character and at the end.
                if (at == text.length()) {
                    break;
                }
                at += Character.charCount(text.codePointAt(at));
            } else {
                at = from;
            }
        }
        append(run, out, text, from, text.length());
        return out.toString();
    }

    private static void append(Execution run, StringBuilder out, String text, int from, int to) {
        run.budget().text(to - (long) from);
        out.append(text, from, to);
    }

    /** The text between spaces, as {@code ljust}, {@code rjust} and {@code center} put them. */
    static String pad(Execution run, String text, long left, long right, String fill) {
        return repeat(run, fill, left) + run.budget().made(text) + repeat(run, fill, right);
    }

    /**
     * {@code str.center(width)}: of an odd number of spaces the odd one goes left in odd widths.
     */
    static String center(Execution run, String text, long width, String fill) {
        long margin = Math.max(0, width - length(run, text));
        long left = margin / 2 + (margin & width & 1);
        return pad(run, text, left, margin - left, fill);
    }
}
