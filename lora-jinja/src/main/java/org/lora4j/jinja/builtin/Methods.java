/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.jinja.builtin;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.function.Function;
import java.util.function.IntFunction;
import java.util.function.IntPredicate;
import org.lora4j.jinja.python.Arguments;
import org.lora4j.jinja.python.Budget;
import org.lora4j.jinja.python.Comparison;
import org.lora4j.jinja.python.Failure;
import org.lora4j.jinja.python.Printer;
import org.lora4j.jinja.python.Sequences;
import org.lora4j.jinja.python.Texts;
import org.lora4j.jinja.python.Value;

/** The methods of Python's str, dict, list and tuple. */
final class Methods {
    static final Builtins STR = new Builtins();
    static final Builtins DICT = new Builtins();
    static final Builtins TUPLE = new Builtins();
    static final Builtins LIST = new Builtins();

    static {
        STR.text("strip chars=None", call -> strip(call, true, true));
        STR.text("lstrip chars=None", call -> strip(call, true, false));
        STR.text("rstrip chars=None", call -> strip(call, false, true));
        STR.text("upper", call -> Texts.upper(call.budget(), call.text()));
        STR.text("lower", call -> Texts.lower(call.budget(), call.text()));
        STR.text("casefold", call -> Texts.lower(call.budget(), call.text()).replace("ß", "ss"));
        STR.text("capitalize", call -> Texts.capitalize(call.budget(), call.text()));
        STR.text("title", call -> title(call, Character::isLetter, Texts::titleCase));
        STR.text("swapcase", call -> Texts.map(call.budget(), call.text(), Methods::swapped));
        STR.text("replace old new count=-1", Methods::replace);
        STR.text("removeprefix prefix", call -> without(call, true));
        STR.text("removesuffix suffix", call -> without(call, false));
        STR.text("join iterable", Methods::join);
        STR.text("format *", call -> StrFormat.format(call, call.given()));
        STR.text("format_map mapping", call -> StrFormat.format(call, mapping(call)));
        STR.text("ljust width fillchar=' '", call -> pad(call, 0, margin(call)));
        STR.text("rjust width fillchar=' '", call -> pad(call, margin(call), 0));
        STR.text("center width fillchar=' '", call -> center(call, fill(call)));
        STR.text("zfill width", Methods::zeroFilled);
        STR.text("expandtabs tabsize=8", Methods::expanded);
        STR.add("split sep=None maxsplit=-1", call -> split(call, false));
        STR.add("rsplit sep=None maxsplit=-1", call -> split(call, true));
        STR.add("splitlines keepends=False", Methods::lines);
        STR.add("partition sep", call -> partition(call, false));
        STR.add("rpartition sep", call -> partition(call, true));
        STR.add("find sub start=None end=None", call -> Value.Int.of(find(call, false)));
        STR.add("rfind sub start=None end=None", call -> Value.Int.of(find(call, true)));
        STR.add("index sub start=None end=None", call -> found(find(call, false)));
        STR.add("rindex sub start=None end=None", call -> found(find(call, true)));
        STR.add("count sub start=None end=None", Methods::occurrences);
        STR.test("startswith prefix start=None end=None", call -> hasAffix(call, true));
        STR.test("endswith suffix start=None end=None", call -> hasAffix(call, false));
        STR.test("isdigit", call -> isAll(call, false, Texts::isDigit));
        STR.test("isdecimal", call -> isAll(call, false, Character::isDigit));
        STR.test("isnumeric", call -> isAll(call, false, Texts::isNumeric));
        STR.test("isalpha", call -> isAll(call, false, Character::isLetter));
        STR.test("isalnum", call -> isAll(call, false, Texts::isAlphanumeric));
        STR.test("isspace", call -> isAll(call, false, Texts::isSpace));
        STR.test("isascii", call -> isAll(call, true, c -> c < 128));
        STR.test("isprintable", call -> isAll(call, true, Texts::isPrintable));
        STR.test("islower", call -> Texts.isCased(call.budget(), call.text(), false));
        STR.test("isupper", call -> Texts.isCased(call.budget(), call.text(), true));
        STR.refuse("the method '%s'", "encode translate maketrans isidentifier istitle");

        DICT.add("items", call -> new Value.View("dict_items", pairs(call.budget(), dict(call))));
        DICT.add("keys", call -> view(call, "dict_keys", Value.Dict.Entry::key));
        DICT.add("values", call -> view(call, "dict_values", Value.Dict.Entry::value));
        DICT.add("get key default=None", Methods::get);
        DICT.add("copy", Call::self);
        DICT.forbid("dict", "update pop setdefault clear popitem");

        TUPLE.add("index value", Methods::index);
        TUPLE.add("count value", Methods::count);
        LIST.from(TUPLE, "index count");
        LIST.add("copy", Call::self);
        LIST.forbid("list", "append extend insert pop remove clear sort reverse");
    }

    private static Value.Dict dict(Call call) {
        return (Value.Dict) call.self();
    }

    static List<Value> pairs(Budget budget, Value.Dict dict) {
        budget.values(dict.size());
        List<Value> pairs = new ArrayList<>(dict.size());
        dict.entries().forEach(entry -> pairs.add(Value.Seq.tuple(entry.key(), entry.value())));
        return pairs;
    }

    private static Value view(Call call, String type, Function<Value.Dict.Entry, Value> part) {
        call.budget().steps(dict(call).size());
        return new Value.View(type, dict(call).entries().stream().map(part).toList());
    }

    private static Value get(Call call) {
        call.budget().key(call.get(0));
        Value found = dict(call).get(call.get(0));
        return found != null ? found : call.get(1);
    }

    private static Value index(Call call) {
        List<Value> items = ((Value.Seq) call.self()).items();
        for (int i = 0; i < items.size(); i++) {
            if (Comparison.equal(call.budget(), items.get(i), call.get(0))) {
                return Value.Int.of(i);
            }
        }
        throw Failure.value("value is not in list");
    }

    private static Value count(Call call) {
        long count = 0;
        for (Value item : ((Value.Seq) call.self()).items()) {
            count += Comparison.equal(call.budget(), item, call.get(0)) ? 1 : 0;
        }
        return Value.Int.of(count);
    }

    static String strip(Call call, boolean start, boolean end) {
        String text = call.text();
        call.budget().scan(text.length());
        IntPredicate stripped = Texts::isSpace;
        if (call.orNull(0) != null) {
            String set = call.text(0);
            call.budget().steps(set.length());
            stripped = c -> set.indexOf(c) >= 0;
        }
        return call.budget().made(Texts.strip(text, stripped, start, end));
    }

    /** Changes the first character of each word as given, the others to lower case. */
    static String title(Call call, IntPredicate isInWord, IntFunction<String> first) {
        boolean[] inWord = {false};
        return Texts.map(
                call.budget(),
                call.text(),
                c -> {
                    boolean starts = !inWord[0];
                    inWord[0] = isInWord.test(c);
                    return starts ? first.apply(c) : lower(c);
                });
    }

    private static String swapped(int c) {
        return Character.isUpperCase(c) ? lower(c) : upper(c);
    }

    static String lower(int c) {
        return Character.toString(c).toLowerCase(Locale.ROOT);
    }

    static String upper(int c) {
        return Character.toString(c).toUpperCase(Locale.ROOT);
    }

    private static String replace(Call call) {
        return Texts.replace(call.budget(), call.text(), call.text(0), call.text(1), call.index(2));
    }

    private static String without(Call call, boolean start) {
        String text = call.budget().made(call.text());
        String affix = call.text(0);
        if (start) {
            return text.startsWith(affix) ? text.substring(affix.length()) : text;
        }
        int end = text.length() - affix.length();
        return text.endsWith(affix) ? text.substring(0, end) : text;
    }

    private static String join(Call call) {
        Budget budget = call.budget();
        StringBuilder out = new StringBuilder();
        int index = 0;
        for (Value item : Sequences.list(budget, call.get(0))) {
            if (!(item instanceof Value.Str part)) {
                throw Failure.type(
                        "sequence item %d: expected str instance, %s found",
                        index, item.typeName());
            }
            out.append(budget.made(index++ == 0 ? "" : call.text()))
                    .append(budget.made(part.text()));
        }
        return out.toString();
    }

    private static Arguments mapping(Call call) {
        if (!(call.get(0) instanceof Value.Dict dict)) {
            throw Failure.type("format_map() takes a mapping");
        }
        Map<String, Value> named = new HashMap<>();
        for (Value.Dict.Entry entry : dict.entries()) {
            named.put(Printer.str(call.budget(), entry.key()), entry.value());
        }
        return new Arguments("format", List.of(), named);
    }

    static String center(Call call, String fill) {
        return Texts.center(call.budget(), call.text(), call.index(0), fill);
    }

    private static long margin(Call call) {
        return Math.max(0, call.index(0) - Texts.length(call.budget(), call.text()));
    }

    private static String pad(Call call, long left, long right) {
        return Texts.pad(call.budget(), call.text(), left, right, fill(call));
    }

    private static String fill(Call call) {
        String fill = call.text(1);
        if (Texts.length(call.budget(), fill) != 1) {
            throw Failure.type("The fill character must be exactly one character long");
        }
        return fill;
    }

    private static String zeroFilled(Call call) {
        String text = call.text();
        int sign = text.startsWith("-") || text.startsWith("+") ? 1 : 0;
        return text.substring(0, sign)
                + Texts.pad(call.budget(), text.substring(sign), margin(call), 0, "0");
    }

    private static String expanded(Call call) {
        long size = call.index(0);
        long[] column = {0};
        return Texts.map(
                call.budget(),
                call.text(),
                c -> {
                    long spaces = size <= 0 ? 0 : size - column[0] % size;
                    column[0] = c == '\n' || c == '\r' ? 0 : column[0] + (c == '\t' ? spaces : 1);
                    return c == '\t'
                            ? Texts.repeat(call.budget(), " ", spaces)
                            : call.budget().made(Character.toString(c));
                });
    }

    private static Value split(Call call, boolean fromRight) {
        String by = call.orNull(0) == null ? null : call.text(0);
        return values(false, Texts.split(call.budget(), call.text(), by, call.index(1), fromRight));
    }

    private static Value lines(Call call) {
        return values(false, Texts.lines(call.budget(), call.text(), call.truth(0)));
    }

    private static Value partition(Call call, boolean last) {
        return values(true, Texts.partition(call.budget(), call.text(), call.text(0), last));
    }

    private static Value values(boolean tuple, List<String> texts) {
        List<Value> values = new ArrayList<>(texts.size());
        texts.forEach(text -> values.add(new Value.Str(text)));
        return new Value.Seq(tuple, values);
    }

    private static boolean hasAffix(Call call, boolean start) {
        String part = section(call);
        List<Value> choices =
                call.get(0) instanceof Value.Seq any && any.tuple()
                        ? any.items()
                        : List.of(call.get(0));
        for (Value choice : choices) {
            String affix =
                    Call.text(choice, call.given().function() + " first arg or each of its items");
            call.budget().scan(affix.length());
            if (start ? part.startsWith(affix) : part.endsWith(affix)) {
                return true;
            }
        }
        return false;
    }

    /** The part of the text between start and end, the second and third argument. */
    private static String section(Call call) {
        if (call.orNull(1) == null && call.orNull(2) == null) {
            return call.text();
        }
        Value text = new Value.Str(call.text());
        Value none = Value.None.NONE;
        Value part = Sequences.slice(call.budget(), text, call.get(1), call.get(2), none);
        return Printer.str(call.budget(), part);
    }

    private static int find(Call call, boolean last) {
        String wanted = call.text(0);
        String part = section(call);
        call.budget().search(part.length(), wanted.length());
        int at = last ? part.lastIndexOf(wanted) : part.indexOf(wanted);
        if (at < 0) {
            return -1;
        }
        int length = call.orNull(1) == null ? 0 : Texts.length(call.budget(), call.text());
        return (int) Sequences.clip(call.get(1), length, 0, 0, length) + part.codePointCount(0, at);
    }

    private static Value found(long position) {
        if (position < 0) {
            throw Failure.value("substring not found");
        }
        return Value.Int.of(position);
    }

    private static Value occurrences(Call call) {
        String wanted = call.text(0);
        String part = section(call);
        call.budget().search(part.length(), wanted.length());
        if (wanted.isEmpty()) {
            return Value.Int.of(Texts.length(call.budget(), part) + 1L);
        }
        long count = 0;
        int at = part.indexOf(wanted);
        while (at >= 0) {
            count++;
            at = part.indexOf(wanted, at + wanted.length());
        }
        return Value.Int.of(count);
    }

    private static boolean isAll(Call call, boolean whenEmpty, IntPredicate test) {
        call.budget().scan(call.text().length());
        return call.text().isEmpty() ? whenEmpty : call.text().codePoints().allMatch(test);
    }

    private Methods() {}
}
