/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.jinja.builtin;

import java.math.BigDecimal;
import java.math.BigInteger;
import java.math.RoundingMode;
import java.util.List;
import java.util.Map;
import org.lora4j.jinja.python.Arguments;
import org.lora4j.jinja.python.Arithmetic;
import org.lora4j.jinja.python.Budget;
import org.lora4j.jinja.python.Failure;
import org.lora4j.jinja.python.JsonWriter;
import org.lora4j.jinja.python.Numbers;
import org.lora4j.jinja.python.PercentFormat;
import org.lora4j.jinja.python.Printer;
import org.lora4j.jinja.python.Sequences;
import org.lora4j.jinja.python.Texts;
import org.lora4j.jinja.python.Value;

/** The filters: jinja2/filters.py 3.1.6, with transformers' tojson. */
public final class Filters {
    private static final Builtins ALL = new Builtins();
    private static final Map<Integer, String> ENTITIES =
            Map.of(
                    (int) '&',
                    "&amp;",
                    (int) '<',
                    "&lt;",
                    (int) '>',
                    "&gt;",
                    (int) '\'',
                    "&#39;",
                    (int) '"',
                    "&#34;");

    static {
        ALL.from(Methods.STR, "upper lower capitalize");
        ALL.text("string", Call::text);
        ALL.text("title", call -> Methods.title(call, c -> !isBreak(c), Methods::upper));
        ALL.text("trim chars=None", call -> Methods.strip(call, true, true));
        ALL.text("replace old new count=None", Filters::replace);
        ALL.text("indent width=4 first=False blank=False", Filters::indent);
        ALL.text("center width=80", call -> Methods.center(call, " "));
        ALL.text("truncate length=255 killwords=False end='...' leeway=None", Filters::truncate);
        ALL.add("format *", Filters::format);
        ALL.add("join d='' attribute=None", Filters::join);
        ALL.add("wordcount", Filters::wordcount);
        ALL.add("safe", call -> new Value.Markup(call.text()));
        ALL.add("escape|e|forceescape", Filters::escape);
        ALL.add("default|d default_value='' boolean=False", Filters::otherwise);
        ALL.add("attr name", Filters::attribute);
        ALL.text(
                "tojson ensure_ascii=False indent=None separators=None sort_keys=False",
                Filters::json);
        ALL.add("int default=0 base=10", Filters::integer);
        ALL.add("float default=0.0", Filters::real);
        ALL.add("abs", Filters::absolute);
        ALL.add("round precision=0 method='common'", Filters::round);
        SequenceFilters.addTo(ALL);
        ALL.refuse(
                "the filter '%s'",
                "filesizeformat pprint random striptags urlencode urlize wordwrap xmlattr");
    }

    private Filters() {}

    static boolean exists(String name) {
        return ALL.contains(name);
    }

    /** Applies the filter of a name to a value. */
    public static Value apply(Budget budget, String name, Value value, Arguments arguments) {
        Value result = ALL.call(budget, name, value, arguments);
        if (result == null) {
            throw Failure.of("TemplateAssertionError", "No filter named '" + name + "'.");
        }
        return result;
    }

    private static String replace(Call call) {
        long count = call.orNull(2) == null ? -1 : call.index(2);
        return Texts.replace(call.budget(), call.text(), call.printed(0), call.printed(1), count);
    }

    /** Whether the filter title begins a word after a character. */
    private static boolean isBreak(int c) {
        return Texts.isSpace(c) || "-({[<".indexOf(c) >= 0;
    }

    private static String indent(Call call) {
        Budget budget = call.budget();
        String indent = call.indent(0);
        Value text = Arithmetic.apply(budget, "+", call.self(), new Value.Str("\n"));
        StringBuilder out = new StringBuilder(call.truth(1) ? indent : "");
        List<String> lines = Texts.lines(budget, Call.text(text, "indent's value"), false);
        for (int i = 0; i < lines.size(); i++) {
            String line = lines.get(i);
            boolean indented = i > 0 && (call.truth(2) || !line.isEmpty());
            out.append(i > 0 ? "\n" : "").append(indented ? budget.made(indent) : "");
            out.append(budget.made(line));
        }
        return out.toString();
    }

    private static String truncate(Call call) {
        String text = Call.text(call.self(), "truncate's value");
        long length = call.index(0);
        String end = call.text(2);
        int ending = Texts.length(call.budget(), end);
        long leeway = call.orNull(3) == null ? 5 : call.index(3);
        if (length < ending || leeway < 0) {
            throw Failure.of("AssertionError", "expected length >= %d, leeway >= 0", ending);
        }
        call.budget().text(text.length());
        if (Texts.length(call.budget(), text) <= length + leeway) {
            return text;
        }
        String cut = text.substring(0, text.offsetByCodePoints(0, (int) length - ending));
        int space = call.truth(1) ? -1 : cut.lastIndexOf(' ');
        return (space < 0 ? cut : cut.substring(0, space)) + end;
    }

    private static Value format(Call call) {
        List<Value> positional = call.given().positional();
        Map<String, Value> named = call.given().named();
        if (!positional.isEmpty() && !named.isEmpty()) {
            throw Failure.of(
                    "FilterArgumentError",
                    "can't handle positional and keyword arguments at the same time");
        }
        if (call.self() instanceof Value.Markup) {
            throw Value.Markup.refused("formatting");
        }
        Value values = named.isEmpty() ? new Value.Seq(true, positional) : Value.Dict.of(named);
        return PercentFormat.format(call.budget(), call.text(), values);
    }

    private static Value join(Call call) {
        Budget budget = call.budget();
        StringBuilder out = new StringBuilder();
        String between = "";
        for (Value item : call.items()) {
            String part = Printer.str(budget, call.path(item, 1));
            out.append(budget.made(between)).append(budget.made(part));
            between = call.printed(0);
        }
        return new Value.Str(out.toString());
    }

    private static Value wordcount(Call call) {
        call.budget().scan(call.text().length());
        long words = 0;
        boolean inWord = false;
        for (int c : call.text().codePoints().toArray()) {
            boolean word = Texts.isAlphanumeric(c) || c == '_';
            words += word && !inWord ? 1 : 0;
            inWord = word;
        }
        return Value.Int.of(words);
    }

    private static Value escape(Call call) {
        if (call.self() instanceof Value.Markup) {
            return call.self();
        }
        return new Value.Markup(
                Texts.map(
                        call.budget(),
                        call.text(),
                        c -> {
                            String entity = ENTITIES.get(c);
                            return entity == null
                                    ? Character.toString(c)
                                    : call.budget().made(entity);
                        }));
    }

    private static Value otherwise(Call call) {
        boolean missing =
                call.self() instanceof Value.Undefined || (call.truth(1) && !call.self().truth());
        return missing ? call.get(0) : call.self();
    }

    /** Unlike the dot, this filter does not look among the items of a dict. */
    private static Value attribute(Call call) {
        String name = call.printed(0);
        Value found = Access.own(call.self(), name);
        return found == null ? Value.Undefined.attribute(call.self(), name) : found;
    }

    private static String json(Call call) {
        String indent = call.orNull(1) == null ? null : call.indent(1);
        String between = indent == null ? ", " : ",";
        String colon = ": ";
        if (call.orNull(2) != null) {
            List<Value> both = Sequences.list(call.budget(), call.get(2));
            if (both.size() != 2) {
                throw Failure.value("tojson needs two separators");
            }
            between = Call.text(both.get(0), "a separator");
            colon = Call.text(both.get(1), "a separator");
        }
        return JsonWriter.write(
                call.budget(),
                call.self(),
                new JsonWriter.Style(indent, between, colon, call.truth(0), call.truth(3)));
    }

    private static Value integer(Call call) {
        Value value = call.self();
        value.checkDefined();
        if (Numbers.isInteger(value)) {
            return Value.Int.of(Numbers.integer(value));
        }
        if (value instanceof Value.Str str) {
            Value.Int exact = Numbers.integer(call.budget(), str.text(), call.index(1));
            if (exact != null) {
                return exact;
            }
            Double real = Numbers.real(call.budget(), str.text());
            value = new Value.Real(real == null ? Double.NaN : real);
        }
        return value instanceof Value.Real number && number.isFinite()
                ? Numbers.truncated(number.value())
                : call.get(0);
    }

    private static Value real(Call call) {
        call.self().checkDefined();
        if (call.self() instanceof Value.Str str) {
            Double real = Numbers.real(call.budget(), str.text());
            return real == null ? call.get(0) : new Value.Real(real);
        }
        return Numbers.isNumber(call.self())
                ? new Value.Real(Numbers.real(call.self()))
                : call.get(0);
    }

    private static Value absolute(Call call) {
        if (call.self() instanceof Value.Real number) {
            return new Value.Real(Math.abs(number.value()));
        }
        call.self().checkDefined();
        if (!Numbers.isInteger(call.self())) {
            throw Failure.type("bad operand type for abs(): '%s'", call.self().typeName());
        }
        return Value.Int.of(Numbers.integer(call.self()).abs());
    }

    private static Value round(Call call) {
        Value value = call.self();
        long digits = call.index(0);
        if (Math.abs(digits) > 400) {
            throw Failure.value("precision too big");
        }
        call.budget().decimals(Math.abs(digits));
        if (value instanceof Value.Int whole) {
            call.budget().digits(whole.value().bitLength(), 4 * Math.abs(digits));
        }
        int precision = (int) digits;
        double factor = Math.pow(10, precision);
        return switch (call.printed(1)) {
            case "common" ->
                    value instanceof Value.Real number
                            ? new Value.Real(rounded(number.value(), precision))
                            : Value.Int.of(rounded(Numbers.integer(value), precision));
            case "ceil" -> new Value.Real(Math.ceil(Numbers.real(value) * factor) / factor);
            case "floor" -> new Value.Real(Math.floor(Numbers.real(value) * factor) / factor);
            default ->
                    throw Failure.of("FilterArgumentError", "method must be common, ceil or floor");
        };
    }

    private static double rounded(double value, int precision) {
        if (!Double.isFinite(value)) {
            return value;
        }
        return Math.copySign(
                new BigDecimal(value).setScale(precision, RoundingMode.HALF_EVEN).doubleValue(),
                value);
    }

    private static BigInteger rounded(BigInteger value, int precision) {
        return new BigDecimal(value)
                .setScale(Math.min(0, precision), RoundingMode.HALF_EVEN)
                .toBigInteger();
    }
}
