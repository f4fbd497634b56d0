/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.jinja;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;

/** The methods of str that take a text apart. */
final class StrSplit {
    private StrSplit() {}

    static Value split(Execution run, String text, Arguments arguments, boolean fromRight) {
        arguments.only("sep", "maxsplit");
        Value separator = arguments.get(0, "sep", None.NONE);
        long most = Numbers.index(arguments.get(1, "maxsplit", IntValue.of(-1)));
        long limit = most < 0 ? Long.MAX_VALUE : most;
        run.budget().text(text.length());
        if (separator == None.NONE) {
            return values(
                    fromRight ? wordsFromRight(run, text, limit) : words(run, text, limit), run);
        }
        String by = Texts.text(separator, "sep");
        if (by.isEmpty()) {
            throw Failure.value("empty separator");
        }
        run.budget().search(text.length(), by.length());
        return values(
                fromRight ? partsFromRight(run, text, by, limit) : parts(run, text, by, limit),
                run);
    }

    private static List<String> parts(Execution run, String text, String by, long limit) {
        List<String> parts = new ArrayList<>();
        int from = 0;
        while (parts.size() < limit) {
            int at = text.indexOf(by, from);
            if (at < 0) {
                break;
            }
            run.budget().values(1);
            parts.add(text.substring(from, at));
            from = at + by.length();
        }
        parts.add(text.substring(from));
        return parts;
    }

    private static List<String> partsFromRight(Execution run, String text, String by, long limit) {
        List<String> parts = new ArrayList<>();
        int to = text.length();
        while (parts.size() < limit && to >= by.length()) {
            int at = text.lastIndexOf(by, to - by.length());
            if (at < 0) {
                break;
            }
            run.budget().values(1);
            parts.add(text.substring(at + by.length(), to));
            to = at;
        }
        parts.add(text.substring(0, to));
        Collections.reverse(parts);
        return parts;
    }

    private static List<String> words(Execution run, String text, long limit) {
        List<String> words = new ArrayList<>();
        int at = 0;
        while (true) {
            while (at < text.length() && Characters.isSpace(text.charAt(at))) {
                at++;
            }
            if (at == text.length()) {
                return words;
            }
            if (words.size() >= limit) {
                run.budget().values(1);
                words.add(text.substring(at));
                return words;
            }
            int from = at;
            while (at < text.length() && !Characters.isSpace(text.charAt(at))) {
                at++;
            }
            run.budget().values(1);
            words.add(text.substring(from, at));
        }
    }

    private static List<String> wordsFromRight(Execution run, String text, long limit) {
        List<String> words = new ArrayList<>();
        int at = text.length();
        while (true) {
            while (at > 0 && Characters.isSpace(text.charAt(at - 1))) {
                at--;
            }
            if (at == 0) {
                break;
            }
            if (words.size() >= limit) {
                run.budget().values(1);
                words.add(text.substring(0, at));
                break;
            }
            int to = at;
            while (at > 0 && !Characters.isSpace(text.charAt(at - 1))) {
                at--;
            }
            run.budget().values(1);
            words.add(text.substring(at, to));
        }
        Collections.reverse(words);
        return words;
    }

    static List<String> lines(Execution run, String text, boolean keepEnds) {
        run.budget().text(text.length());
        List<String> lines = new ArrayList<>();
        int from = 0;
        while (from < text.length()) {
            int end = from;
            while (end < text.length() && !Characters.isLineBreak(text.charAt(end))) {
                end++;
            }
            int next = Math.min(end + 1, text.length());
            if (text.startsWith("\r\n", end)) {
                next++;
            }
            run.budget().values(1);
            lines.add(text.substring(from, keepEnds ? next : end));
            from = next;
        }
        return lines;
    }

    static Value splitlines(Execution run, String text, Arguments arguments) {
        arguments.only("keepends");
        boolean keep = arguments.get(0, "keepends", BoolValue.FALSE).truth();
        return values(lines(run, text, keep), run);
    }

    static Value partition(Execution run, String text, Arguments arguments, boolean last) {
        String by = Texts.text(arguments.require(0, "sep"), "sep");
        if (by.isEmpty()) {
            throw Failure.value("empty separator");
        }
        run.budget().search(text.length(), by.length());
        run.budget().text(text.length());
        int at = last ? text.lastIndexOf(by) : text.indexOf(by);
        if (at < 0) {
            StrValue whole = new StrValue(text);
            return last
                    ? TupleValue.of(StrValue.EMPTY, StrValue.EMPTY, whole)
                    : TupleValue.of(whole, StrValue.EMPTY, StrValue.EMPTY);
        }
        return TupleValue.of(
                new StrValue(text.substring(0, at)),
                new StrValue(by),
                new StrValue(text.substring(at + by.length())));
    }

    private static Value values(List<String> texts, Execution run) {
        run.budget().steps(texts.size());
        List<Value> values = new ArrayList<>(texts.size());
        texts.forEach(text -> values.add(new StrValue(text)));
        return new ListValue(values);
    }
}
