/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.jinja;

import java.util.List;
import java.util.Locale;
import java.util.Map;

/** The filters that make texts of texts; other values are first printed. */
final class TextFilters {
    private TextFilters() {}

    static void addTo(Map<String, Filters.Filter> filters) {
        filters.put("string", (run, value, arguments) -> string(run, value));
        filters.put(
                "upper",
                (run, value, arguments) -> like(value, Texts.upper(run, text(run, value))));
        filters.put(
                "lower",
                (run, value, arguments) -> like(value, Texts.lower(run, text(run, value))));
        filters.put("title", (run, value, arguments) -> like(value, title(run, text(run, value))));
        filters.put(
                "capitalize",
                (run, value, arguments) -> like(value, Texts.capitalize(run, text(run, value))));
        filters.put("trim", TextFilters::trim);
        filters.put("replace", TextFilters::replace);
        filters.put("indent", TextFilters::indent);
        filters.put("center", TextFilters::center);
        filters.put("truncate", TextFilters::truncate);
        filters.put("format", TextFilters::format);
        filters.put("join", TextFilters::join);
        filters.put("wordcount", TextFilters::wordcount);
        filters.put("safe", (run, value, arguments) -> new Markup(Printer.str(run, value)));
        for (String name : List.of("escape", "e", "forceescape")) {
            filters.put(name, (run, value, arguments) -> escape(run, value));
        }
    }

    private static Value str(String text) {
        return new StrValue(text);
    }

    private static String text(Execution run, Value value) {
        return Printer.str(run, value);
    }

    /** A text of the kind that it was made of. */
    private static Value like(Value original, String text) {
        return original instanceof Markup ? new Markup(text) : str(text);
    }

    private static Value string(Execution run, Value value) {
        return value instanceof Markup ? value : str(Printer.str(run, value));
    }

    private static Value trim(Execution run, Value value, Arguments arguments) {
        Value characters = arguments.only("chars").get(0, "chars", None.NONE);
        return like(value, Texts.strip(run, text(run, value), characters, true, true));
    }

    private static Value replace(Execution run, Value value, Arguments arguments) {
        arguments.only("old", "new", "count");
        Value count = arguments.get(2, "count", None.NONE);
        return str(
                Texts.replace(
                        run,
                        text(run, value),
                        text(run, arguments.require(0, "old")),
                        text(run, arguments.require(1, "new")),
                        count == None.NONE ? -1 : Numbers.index(count)));
    }

    /** Jinja's title: words begin after white space, hyphens and opening brackets. */
    private static String title(Execution run, String text) {
        run.budget().text(text.length());
        StringBuilder out = new StringBuilder(text.length());
        boolean inWord = false;
        for (int c : text.codePoints().toArray()) {
            String character = Character.toString(c);
            boolean breaks = Characters.isSpace(c) || "-({[<".indexOf(c) >= 0;
            out.append(
                    inWord || breaks
                            ? character.toLowerCase(Locale.ROOT)
                            : character.toUpperCase(Locale.ROOT));
            inWord = !breaks;
        }
        return out.toString();
    }

    private static Value indent(Execution run, Value value, Arguments arguments) {
        arguments.only("width", "first", "blank");
        Value width = arguments.get(0, "width", IntValue.of(4));
        String indent =
                width instanceof StrValue given
                        ? given.text()
                        : Texts.repeat(run, " ", Numbers.index(width));
        boolean first = arguments.get(1, "first", BoolValue.FALSE).truth();
        boolean blank = arguments.get(2, "blank", BoolValue.FALSE).truth();
        String text = Texts.text(Arithmetic.add(run, value, str("\n")), "indent's value");
        StringBuilder out = new StringBuilder(first ? indent : "");
        List<String> lines = StrSplit.lines(run, text, false);
        for (int i = 0; i < lines.size(); i++) {
            String line = lines.get(i);
            if (i > 0) {
                out.append('\n');
                out.append(blank || !line.isEmpty() ? run.budget().made(indent) : "");
            }
            out.append(run.budget().made(line));
        }
        return str(out.toString());
    }

    private static Value center(Execution run, Value value, Arguments arguments) {
        long width = Numbers.index(arguments.get(0, "width", IntValue.of(80)));
        return str(Texts.center(run, text(run, value), width, " "));
    }

    private static Value truncate(Execution run, Value value, Arguments arguments) {
        arguments.only("length", "killwords", "end", "leeway");
        String text = Texts.text(value, "truncate's value");
        long length = Numbers.index(arguments.get(0, "length", IntValue.of(255)));
        String end = Texts.text(arguments.get(2, "end", str("...")), "end");
        Value slack = arguments.get(3, "leeway", None.NONE);
        long leeway = slack == None.NONE ? 5 : Numbers.index(slack);
        if (length < Texts.length(run, end) || leeway < 0) {
            throw Failure.of("AssertionError", "expected length >= " + Texts.length(run, end));
        }
        run.budget().text(text.length());
        if (Texts.length(run, text) <= length + leeway) {
            return value;
        }
        int keep = (int) (length - Texts.length(run, end));
        String cut = text.substring(0, text.offsetByCodePoints(0, keep));
        if (!arguments.get(1, "killwords", BoolValue.FALSE).truth()) {
            int space = cut.lastIndexOf(' ');
            cut = space < 0 ? cut : cut.substring(0, space);
        }
        return str(cut + end);
    }

    private static Value format(Execution run, Value value, Arguments arguments) {
        if (!arguments.positional().isEmpty() && !arguments.named().isEmpty()) {
            throw Failure.of(
                    "FilterArgumentError",
                    "can't handle positional and keyword arguments at the same time");
        }
        if (value instanceof Markup) {
            throw Failure.unsupported("formatting what safe or escape gives");
        }
        DictValue named = new DictValue();
        arguments.named().forEach(named::put);
        return PercentFormat.format(
                run,
                text(run, value),
                named.truth() ? named : new TupleValue(arguments.positional()));
    }

    private static Value join(Execution run, Value value, Arguments arguments) {
        arguments.only("d", "attribute");
        String separator = text(run, arguments.get(0, "d", StrValue.EMPTY));
        Value attribute = arguments.get(1, "attribute", None.NONE);
        StringBuilder out = new StringBuilder();
        String between = "";
        for (Value item : Sequences.list(run, value)) {
            Value part = Access.path(run, item, attribute);
            out.append(run.budget().made(between)).append(run.budget().made(text(run, part)));
            between = separator;
        }
        return str(out.toString());
    }

    private static Value wordcount(Execution run, Value value, Arguments arguments) {
        String text = text(run, value);
        run.budget().scan(text.length());
        long words = 0;
        boolean inWord = false;
        for (int c : text.codePoints().toArray()) {
            boolean word = Characters.isWord(c);
            words += word && !inWord ? 1 : 0;
            inWord = word;
        }
        return IntValue.of(words);
    }

    private static Value escape(Execution run, Value value) {
        if (value instanceof Markup) {
            return value;
        }
        StringBuilder out = new StringBuilder();
        for (char c : text(run, value).toCharArray()) {
            String written =
                    switch (c) {
                        case '&' -> "&amp;";
                        case '<' -> "&lt;";
                        case '>' -> "&gt;";
                        case '\'' -> "&#39;";
                        case '"' -> "&#34;";
                        default -> String.valueOf(c);
                    };
            run.budget().text(written.length());
            out.append(written);
        }
        return new Markup(out.toString());
    }
}
