/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.jinja;

import java.util.List;
import java.util.Locale;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** The methods of str. */
final class StrMethods {
    private static final Set<String> UNSUPPORTED =
            Set.of("encode", "translate", "maketrans", "isidentifier", "istitle");

    private StrMethods() {}

    static FunctionValue.@Nullable Body find(String text, String name) {
        FunctionValue.Body method = making(text, name);
        if (method == null) {
            method = looking(text, name);
        }
        if (method == null && UNSUPPORTED.contains(name)) {
            throw Failure.unsupported("str." + name);
        }
        return method;
    }

    /** The methods that give a text or several. */
    private static FunctionValue.@Nullable Body making(String text, String name) {
        return switch (name) {
            case "strip" -> (run, arguments) -> strip(run, text, arguments, true, true);
            case "lstrip" -> (run, arguments) -> strip(run, text, arguments, true, false);
            case "rstrip" -> (run, arguments) -> strip(run, text, arguments, false, true);
            case "upper" -> (run, arguments) -> new StrValue(Texts.upper(run, text));
            case "lower" -> (run, arguments) -> new StrValue(Texts.lower(run, text));
            case "casefold" ->
                    (run, arguments) ->
                            new StrValue(Texts.lower(run, text).replace("\u00df", "ss"));
            case "capitalize" -> (run, arguments) -> new StrValue(Texts.capitalize(run, text));
            case "title" -> (run, arguments) -> new StrValue(title(run, text));
            case "swapcase" -> (run, arguments) -> new StrValue(swapcase(run, text));
            case "replace" -> (run, arguments) -> replace(run, text, arguments);
            case "split" -> (run, arguments) -> StrSplit.split(run, text, arguments, false);
            case "rsplit" -> (run, arguments) -> StrSplit.split(run, text, arguments, true);
            case "splitlines" -> (run, arguments) -> StrSplit.splitlines(run, text, arguments);
            case "partition" -> (run, arguments) -> StrSplit.partition(run, text, arguments, false);
            case "rpartition" -> (run, arguments) -> StrSplit.partition(run, text, arguments, true);
            case "removeprefix" -> (run, arguments) -> removed(run, text, arguments, true);
            case "removesuffix" -> (run, arguments) -> removed(run, text, arguments, false);
            case "join" -> (run, arguments) -> join(run, text, arguments);
            case "format" ->
                    (run, arguments) -> new StrValue(StrFormat.format(run, text, arguments));
            case "format_map" ->
                    (run, arguments) -> new StrValue(StrFormat.formatMap(run, text, arguments));
            case "ljust" -> (run, arguments) -> justified(run, text, arguments, name);
            case "rjust", "center" -> (run, arguments) -> justified(run, text, arguments, name);
            case "zfill" -> (run, arguments) -> zeroFilled(run, text, arguments);
            case "expandtabs" -> (run, arguments) -> expanded(run, text, arguments);
            default -> null;
        };
    }

    /** The methods that answer a question about a text. */
    private static FunctionValue.@Nullable Body looking(String text, String name) {
        return switch (name) {
            case "startswith" -> (run, arguments) -> affix(run, text, arguments, true);
            case "endswith" -> (run, arguments) -> affix(run, text, arguments, false);
            case "find", "rfind", "index", "rindex" ->
                    (run, arguments) -> position(run, text, arguments, name);
            case "count" -> (run, arguments) -> count(run, text, arguments);
            case "isdigit", "isdecimal", "isnumeric", "isalpha", "isalnum", "isspace" ->
                    (run, arguments) -> BoolValue.of(isAll(run, text, name));
            case "isascii" -> (run, arguments) -> BoolValue.of(isAscii(run, text));
            case "isprintable" -> (run, arguments) -> BoolValue.of(isPrintable(run, text));
            case "islower" -> (run, arguments) -> BoolValue.of(Texts.isCased(run, text, false));
            case "isupper" -> (run, arguments) -> BoolValue.of(Texts.isCased(run, text, true));
            default -> null;
        };
    }

    private static boolean isAscii(Execution run, String text) {
        run.budget().scan(text.length());
        return text.chars().allMatch(c -> c < 128);
    }

    private static boolean isPrintable(Execution run, String text) {
        run.budget().scan(text.length());
        return text.codePoints().allMatch(Characters::isPrintable);
    }

    private static Value strip(
            Execution run, String text, Arguments arguments, boolean start, boolean end) {
        Value characters = arguments.only("chars").get(0, "chars", None.NONE);
        return new StrValue(Texts.strip(run, text, characters, start, end));
    }

    /** Letters after anything but a letter in title case, the others in lower case. */
    private static String title(Execution run, String text) {
        run.budget().text(text.length());
        StringBuilder out = new StringBuilder(text.length());
        boolean inWord = false;
        for (int c : text.codePoints().toArray()) {
            String character = Character.toString(c);
            out.append(inWord ? character.toLowerCase(Locale.ROOT) : Texts.title(character));
            inWord = Character.isLetter(c);
        }
        return out.toString();
    }

    private static String swapcase(Execution run, String text) {
        run.budget().text(text.length());
        StringBuilder out = new StringBuilder(text.length());
        for (int c : text.codePoints().toArray()) {
            String character = Character.toString(c);
            out.append(
                    Character.isUpperCase(c)
                            ? character.toLowerCase(Locale.ROOT)
                            : character.toUpperCase(Locale.ROOT));
        }
        return out.toString();
    }

    private static Value replace(Execution run, String text, Arguments arguments) {
        arguments.only("old", "new", "count");
        return new StrValue(
                Texts.replace(
                        run,
                        text,
                        Texts.text(arguments.require(0, "old"), "replace() argument 1"),
                        Texts.text(arguments.require(1, "new"), "replace() argument 2"),
                        Numbers.index(arguments.get(2, "count", IntValue.of(-1)))));
    }

    private static Value removed(Execution run, String text, Arguments arguments, boolean start) {
        String affix = Texts.text(arguments.require(0, "affix"), "argument");
        run.budget().text(text.length());
        boolean has = start ? text.startsWith(affix) : text.endsWith(affix);
        if (!has) {
            return new StrValue(text);
        }
        return new StrValue(
                start
                        ? text.substring(affix.length())
                        : text.substring(0, text.length() - affix.length()));
    }

    private static Value join(Execution run, String text, Arguments arguments) {
        List<Value> items = Sequences.list(run, arguments.require(0, "iterable"));
        StringBuilder out = new StringBuilder();
        for (int i = 0; i < items.size(); i++) {
            if (!(items.get(i) instanceof StrValue part)) {
                throw Failure.type(
                        "sequence item "
                                + i
                                + ": expected str instance, "
                                + items.get(i).typeName()
                                + " found");
            }
            out.append(run.budget().made(i == 0 ? "" : text));
            out.append(run.budget().made(part.text()));
        }
        return new StrValue(out.toString());
    }

    private static Value justified(Execution run, String text, Arguments arguments, String method) {
        long width = Numbers.index(arguments.require(0, "width"));
        String fill =
                Texts.text(arguments.get(1, "fillchar", new StrValue(" ")), "The fill character");
        if (Texts.length(run, fill) != 1) {
            throw Failure.type("The fill character must be exactly one character long");
        }
        long margin = Math.max(0, width - Texts.length(run, text));
        return new StrValue(
                switch (method) {
                    case "ljust" -> Texts.pad(run, text, 0, margin, fill);
                    case "rjust" -> Texts.pad(run, text, margin, 0, fill);
                    default -> Texts.center(run, text, width, fill);
                });
    }

    private static Value zeroFilled(Execution run, String text, Arguments arguments) {
        long width = Numbers.index(arguments.require(0, "width"));
        boolean signed = text.startsWith("-") || text.startsWith("+");
        String sign = signed ? text.substring(0, 1) : "";
        String digits = text.substring(sign.length());
        return new StrValue(sign + Texts.pad(run, digits, width - Texts.length(run, text), 0, "0"));
    }

    private static Value expanded(Execution run, String text, Arguments arguments) {
        long size = Numbers.index(arguments.get(0, "tabsize", IntValue.of(8)));
        StringBuilder out = new StringBuilder();
        long column = 0;
        run.budget().text(text.length());
        for (int c : text.codePoints().toArray()) {
            if (c == '\t') {
                long spaces = size <= 0 ? 0 : size - column % size;
                out.append(Texts.repeat(run, " ", spaces));
                column += spaces;
            } else {
                run.budget().text(1);
                out.appendCodePoint(c);
                column = c == '\n' || c == '\r' ? 0 : column + 1;
            }
        }
        return new StrValue(out.toString());
    }

    private static Value affix(Execution run, String text, Arguments arguments, boolean start) {
        Value wanted = arguments.require(0, "prefix");
        String part = section(run, text, arguments);
        List<Value> choices = wanted instanceof TupleValue any ? any.items() : List.of(wanted);
        for (Value choice : choices) {
            if (!(choice instanceof StrValue affix)) {
                throw Failure.type(
                        arguments.function()
                                + " first arg must be str or a tuple of str, not "
                                + choice.typeName());
            }
            run.budget().scan(affix.text().length());
            if (start ? part.startsWith(affix.text()) : part.endsWith(affix.text())) {
                return BoolValue.TRUE;
            }
        }
        return BoolValue.FALSE;
    }

    /** The part of a text that start and end, the second and third argument, leave. */
    private static String section(Execution run, String text, Arguments arguments) {
        if (arguments.positional().size() < 2) {
            return text;
        }
        int length = Texts.length(run, text);
        int from = bound(arguments.get(1, "start", None.NONE), 0, length);
        int to = bound(arguments.get(2, "end", None.NONE), length, length);
        run.budget().text(Math.max(0, to - from));
        return from >= to
                ? ""
                : text.substring(text.offsetByCodePoints(0, from), text.offsetByCodePoints(0, to));
    }

    private static int bound(Value value, int otherwise, int length) {
        if (value == None.NONE) {
            return otherwise;
        }
        long index = Numbers.index(value);
        return (int) Math.max(0, Math.min(length, index < 0 ? index + length : index));
    }

    private static Value position(Execution run, String text, Arguments arguments, String method) {
        String wanted = Texts.text(arguments.require(0, "sub"), "argument");
        String part = section(run, text, arguments);
        run.budget().search(part.length(), wanted.length());
        int at = method.startsWith("r") ? part.lastIndexOf(wanted) : part.indexOf(wanted);
        if (at < 0) {
            if (method.endsWith("index")) {
                throw Failure.value("substring not found");
            }
            return IntValue.of(-1);
        }
        int skipped =
                arguments.positional().size() < 2
                        ? 0
                        : bound(arguments.get(1, "start", None.NONE), 0, Texts.length(run, text));
        return IntValue.of((long) skipped + part.codePointCount(0, at));
    }

    private static Value count(Execution run, String text, Arguments arguments) {
        String wanted = Texts.text(arguments.require(0, "sub"), "argument");
        String part = section(run, text, arguments);
        run.budget().search(part.length(), wanted.length());
        if (wanted.isEmpty()) {
            return IntValue.of(Texts.length(run, part) + 1L);
        }
        long count = 0;
        for (int at = part.indexOf(wanted);
                at >= 0;
                at = part.indexOf(wanted, at + wanted.length())) {
            count++;
        }
        return IntValue.of(count);
    }

    private static boolean isAll(Execution run, String text, String method) {
        run.budget().scan(text.length());
        return Texts.all(
                text,
                switch (method) {
                    case "isdigit" -> Characters::isDigit;
                    case "isdecimal" -> Character::isDigit;
                    case "isnumeric" -> Characters::isNumeric;
                    case "isalpha" -> Character::isLetter;
                    case "isalnum" -> Characters::isAlphanumeric;
                    default -> Characters::isSpace;
                });
    }
}
