/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.jinja.python;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Locale;
import java.util.function.IntFunction;
import java.util.function.IntPredicate;
import org.jspecify.annotations.Nullable;

/** What Python's str does with texts. */
public final class Texts {
    public static String repeat(Budget budget, String text, long count) {
        if (text.isEmpty() || count <= 0) {
            return "";
        }
        budget.text(count > Integer.MAX_VALUE ? Long.MAX_VALUE : count * text.length());
        return text.repeat((int) count);
    }

    public static int length(Budget budget, String text) {
        budget.steps(text.length() / 16);
        return text.codePointCount(0, text.length());
    }

    public static String upper(Budget budget, String text) {
        return budget.made(text).toUpperCase(Locale.ROOT);
    }

    public static String lower(Budget budget, String text) {
        return budget.made(text).toLowerCase(Locale.ROOT);
    }

    /** {@code str.capitalize}: the first character in title case, the rest in lower case. */
    public static String capitalize(Budget budget, String text) {
        budget.text(text.length());
        if (text.isEmpty()) {
            return text;
        }
        int first = text.offsetByCodePoints(0, 1);
        return titleCase(text.codePointAt(0)) + text.substring(first).toLowerCase(Locale.ROOT);
    }

    /** One character in title case; those that become several do so through upper case. */
    public static String titleCase(int c) {
        int title = Character.toTitleCase(c);
        if (title != c) {
            return Character.toString(title);
        }
        String upper = Character.toString(c).toUpperCase(Locale.ROOT);
        return upper.length() == Character.charCount(c)
                ? upper
                : upper.substring(0, 1) + upper.substring(1).toLowerCase(Locale.ROOT);
    }

    /** A text of what each character becomes. */
    public static String map(Budget budget, String text, IntFunction<String> written) {
        budget.text(text.length());
        StringBuilder out = new StringBuilder(text.length());
        for (int i = 0; i < text.length(); i += Character.charCount(text.codePointAt(i))) {
            out.append(written.apply(text.codePointAt(i)));
        }
        return out.toString();
    }

    /** {@code str.islower} or {@code isupper}: some letters with case, none of the other case. */
    public static boolean isCased(Budget budget, String text, boolean upper) {
        budget.scan(text.length());
        IntPredicate wanted = upper ? Character::isUpperCase : Character::isLowerCase;
        IntPredicate other = upper ? Character::isLowerCase : Character::isUpperCase;
        return text.codePoints().anyMatch(wanted)
                && text.codePoints().noneMatch(c -> other.test(c) || Character.isTitleCase(c));
    }

    static String strip(String text) {
        return strip(text, Texts::isSpace, true, true);
    }

    /** A text without the characters at its start, its end or both that a test names. */
    public static String strip(String text, IntPredicate stripped, boolean start, boolean end) {
        int from = 0;
        int to = text.length();
        while (start && from < to && stripped.test(text.codePointAt(from))) {
            from += Character.charCount(text.codePointAt(from));
        }
        while (end && to > from && stripped.test(text.codePointBefore(to))) {
            to -= Character.charCount(text.codePointBefore(to));
        }
        return text.substring(from, to);
    }

    /** {@code text.replace(old, with, count)}; a negative count replaces all. */
    public static String replace(Budget budget, String text, String old, String with, long count) {
        budget.search(text.length(), old.length());
        StringBuilder out = new StringBuilder();
        long left = count < 0 ? Long.MAX_VALUE : count;
        int from = 0;
        int at = 0;
        while (left-- > 0 && (at = text.indexOf(old, at)) >= 0) {
            budget.text(at - (long) from);
            out.append(text, from, at).append(budget.made(with));
            from = at + old.length();
            if (at == text.length()) {
                break;
            }
            // Python puts the replacement of nothing before every character and at the end.
            at = old.isEmpty() ? at + Character.charCount(text.codePointAt(at)) : from;
        }
        budget.text(text.length() - (long) from);
        return out.append(text, from, text.length()).toString();
    }

    public static String pad(Budget budget, String text, long left, long right, String fill) {
        return repeat(budget, fill, left) + budget.made(text) + repeat(budget, fill, right);
    }

    /** {@code str.center}: of an odd number of spaces the odd one goes left in odd widths. */
    public static String center(Budget budget, String text, long width, String fill) {
        long margin = Math.max(0, width - length(budget, text));
        long left = margin / 2 + (margin & width & 1);
        return pad(budget, text, left, margin - left, fill);
    }

    /** {@code str.split} or {@code rsplit}: by a separator, or by white space where it is null. */
    public static List<String> split(
            Budget budget, String text, @Nullable String by, long most, boolean fromRight) {
        budget.text(text.length());
        long limit = most < 0 ? Long.MAX_VALUE : most;
        List<String> parts = new ArrayList<>();
        int from = 0;
        int to = text.length();
        if (by == null) {
            words(budget, text, limit, fromRight, parts);
        } else {
            search(budget, text, by);
            while (parts.size() < limit) {
                int at =
                        fromRight ? text.lastIndexOf(by, to - by.length()) : text.indexOf(by, from);
                if (at < 0) {
                    break;
                }
                budget.values(1);
                int end = at + by.length();
                parts.add(fromRight ? text.substring(end, to) : text.substring(from, at));
                from = fromRight ? from : end;
                to = fromRight ? at : to;
            }
            parts.add(text.substring(from, to));
        }
        if (fromRight) {
            Collections.reverse(parts);
        }
        budget.steps(parts.size());
        return parts;
    }

    /** Words in the order met; after so many of them the rest of the text counts as one. */
    private static void words(
            Budget budget, String text, long limit, boolean fromRight, List<String> words) {
        int step = fromRight ? -1 : 1;
        int at = fromRight ? text.length() - 1 : 0;
        while (true) {
            at = skip(text, at, step, true);
            if (at < 0 || at == text.length()) {
                return;
            }
            int end =
                    words.size() < limit
                            ? skip(text, at, step, false)
                            : fromRight ? -1 : text.length();
            budget.values(1);
            words.add(fromRight ? text.substring(end + 1, at + 1) : text.substring(at, end));
            at = end;
        }
    }

    /** The first position from one on whose character is, or is not, white space. */
    private static int skip(String text, int from, int step, boolean spaces) {
        int at = from;
        while (at >= 0 && at < text.length() && Texts.isSpace(text.charAt(at)) == spaces) {
            at += step;
        }
        return at;
    }

    /** {@code str.splitlines}. */
    public static List<String> lines(Budget budget, String text, boolean keepEnds) {
        budget.text(text.length());
        List<String> lines = new ArrayList<>();
        int from = 0;
        while (from < text.length()) {
            int end = from;
            while (end < text.length() && !Texts.isLineBreak(text.charAt(end))) {
                end++;
            }
            int next = text.startsWith("\r\n", end) ? end + 2 : Math.min(end + 1, text.length());
            budget.values(1);
            lines.add(text.substring(from, keepEnds ? next : end));
            from = next;
        }
        return lines;
    }

    /** {@code str.partition} or {@code rpartition}. */
    public static List<String> partition(Budget budget, String text, String by, boolean last) {
        search(budget, text, by);
        budget.text(text.length());
        int at = last ? text.lastIndexOf(by) : text.indexOf(by);
        if (at < 0) {
            return last ? List.of("", "", text) : List.of(text, "", "");
        }
        return List.of(text.substring(0, at), by, text.substring(at + by.length()));
    }

    private static void search(Budget budget, String text, String by) {
        if (by.isEmpty()) {
            throw Failure.value("empty separator");
        }
        budget.search(text.length(), by.length());
    }

    /** {@code str.isspace}, and what {@code strip()} removes. */
    public static boolean isSpace(int c) {
        return (c >= '\t' && c <= '\r')
                || (c >= 0x1c && c <= 0x1f)
                || c == 0x85
                || Character.isSpaceChar(c);
    }

    /** Where {@code splitlines} breaks, apart from the pair of return and newline. */
    static boolean isLineBreak(int c) {
        return "\n\u000b\f\r\u001c\u001d\u001e\u0085\u2028\u2029".indexOf(c) >= 0;
    }

    /** {@code str.isprintable}. */
    public static boolean isPrintable(int c) {
        return switch (Character.getType(c)) {
            case Character.CONTROL,
                    Character.FORMAT,
                    Character.SURROGATE,
                    Character.PRIVATE_USE,
                    Character.UNASSIGNED,
                    Character.LINE_SEPARATOR,
                    Character.PARAGRAPH_SEPARATOR ->
                    false;
            case Character.SPACE_SEPARATOR -> c == ' ';
            default -> true;
        };
    }

    /** {@code str.isalnum}: letters, and all kinds of numbers. */
    public static boolean isAlphanumeric(int c) {
        return Character.isLetter(c) || isNumeric(c);
    }

    /** {@code str.isnumeric}, without the ideographs that stand for numbers. */
    public static boolean isNumeric(int c) {
        int type = Character.getType(c);
        return type == Character.DECIMAL_DIGIT_NUMBER
                || type == Character.LETTER_NUMBER
                || type == Character.OTHER_NUMBER;
    }

    /** {@code str.isdigit}: decimals, raised and lowered digits, the digits in circles. */
    public static boolean isDigit(int c) {
        return Character.isDigit(c) || "²³¹⁰⁴⁵⁶⁷⁸⁹₀₁₂₃₄₅₆₇₈₉①②③④⑤⑥⑦⑧⑨".indexOf(c) >= 0;
    }

    private Texts() {}
}
