/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.jinja.python;

import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** The printf operator: {@code format % values}. */
public final class PercentFormat {
    /** Key, flags, width, precision and type, after the percent sign. */
    private static final Pattern CONVERSION =
            Pattern.compile(
                    "(?:\\(([^)]*+)\\))?+([-+ #0]*+)(\\*|\\d*+)(?:\\.(\\*|\\d*+))?+[hlL]*+(.)",
                    Pattern.DOTALL);

    private final Budget budget;
    private final String format;
    private final Value argument;
    private final List<Value> values;
    private int next;

    private PercentFormat(Budget budget, String format, Value argument) {
        this.budget = budget;
        this.format = format;
        this.argument = argument;
        this.values =
                argument instanceof Value.Seq several && several.tuple()
                        ? several.items()
                        : List.of(argument);
    }

    public static Value format(Budget budget, String format, Value argument) {
        return new Value.Str(new PercentFormat(budget, format, argument).run());
    }

    private String run() {
        budget.text(format.length());
        StringBuilder out = new StringBuilder();
        Matcher conversion = CONVERSION.matcher(format);
        int from = 0;
        for (int at = format.indexOf('%'); at >= 0; at = format.indexOf('%', from)) {
            out.append(format, from, at);
            if (!conversion.region(at + 1, format.length()).lookingAt()) {
                throw Failure.value("incomplete format");
            }
            out.append(converted(conversion));
            from = conversion.end();
        }
        boolean all = next >= values.size() || (next == 0 && argument instanceof Value.Dict);
        if (!all) {
            throw Failure.type("not all arguments converted during string formatting");
        }
        return out.append(format, from, format.length()).toString();
    }

    private String converted(Matcher conversion) {
        Value named = conversion.group(1) == null ? null : named(conversion.group(1));
        String flags = conversion.group(2);
        int width = number(conversion.group(3));
        int precision = conversion.group(4) == null ? -1 : number(conversion.group(4));
        char type = conversion.group(5).charAt(0);
        if (type == '%') {
            return "%";
        }
        boolean left = flags.indexOf('-') >= 0;
        boolean zeros = !left && flags.indexOf('0') >= 0 && "diuxXoeEfFgG".indexOf(type) >= 0;
        FormatSpec spec =
                new FormatSpec(
                        zeros ? "0" : " ",
                        left ? '<' : zeros ? '=' : '>',
                        flags.indexOf('+') >= 0 ? '+' : flags.indexOf(' ') >= 0 ? ' ' : '-',
                        flags.indexOf('#') >= 0,
                        width,
                        "",
                        precision,
                        type);
        return written(spec, type, named == null ? following() : named);
    }

    private String written(FormatSpec spec, char type, Value value) {
        return switch (type) {
            case 's' -> spec.text(budget, Printer.str(budget, value));
            case 'r' -> spec.text(budget, Printer.repr(budget, value));
            case 'c' -> spec.text(budget, character(value));
            case 'd', 'i', 'u' -> {
                check(Numbers.isNumber(value), value, "%" + type + " format: a real number is");
                yield spec.integer(
                        budget,
                        value instanceof Value.Real real
                                ? Numbers.truncated(real.value()).value()
                                : Numbers.integer(value));
            }
            case 'x', 'X', 'o' -> {
                check(Numbers.isInteger(value), value, "%" + type + " format: an integer is");
                yield spec.integer(budget, Numbers.integer(value));
            }
            case 'e', 'E', 'f', 'F', 'g', 'G' -> {
                check(Numbers.isNumber(value), value, "a real number is");
                yield spec.real(budget, Numbers.real(value));
            }
            default -> throw Failure.value("unsupported format character '" + type + "'");
        };
    }

    private static void check(boolean fits, Value value, String expected) {
        if (!fits) {
            throw Failure.type(expected + " required, not " + value.typeName());
        }
    }

    private String character(Value value) {
        if (value instanceof Value.Str str && Texts.length(budget, str.text()) == 1) {
            return str.text();
        }
        if (Numbers.isInteger(value) && Character.isValidCodePoint((int) Numbers.index(value))) {
            return Character.toString((int) Numbers.index(value));
        }
        throw Failure.type("%c requires int or char");
    }

    private Value named(String key) {
        if (!(argument instanceof Value.Dict dict)) {
            throw Failure.type("format requires a mapping");
        }
        budget.scan(key.length());
        Value value = dict.get(new Value.Str(key));
        if (value == null) {
            throw Failure.of("KeyError", "'" + key + "'");
        }
        return value;
    }

    private Value following() {
        if (next >= values.size()) {
            throw Failure.type("not enough arguments for format string");
        }
        return values.get(next++);
    }

    /** A width or precision: digits, none, or a star for the next value. */
    private int number(String written) {
        if (written.equals("*")) {
            return (int) Math.min(Integer.MAX_VALUE, Math.max(0, Numbers.index(following())));
        }
        return written.isEmpty()
                ? 0
                : written.length() > 9 ? Integer.MAX_VALUE : Integer.parseInt(written);
    }
}
