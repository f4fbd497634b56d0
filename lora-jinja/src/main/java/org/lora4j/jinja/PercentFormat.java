/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.jinja;

import java.util.List;
import org.jspecify.annotations.Nullable;

/** The printf operator: {@code format % values}. */
final class PercentFormat {
    private final Execution run;
    private final String format;
    private final Value argument;
    private final List<Value> values;
    private final StringBuilder out = new StringBuilder();
    private int next;
    private int at;

    private PercentFormat(Execution run, String format, Value argument) {
        this.run = run;
        this.format = format;
        this.argument = argument;
        this.values = argument instanceof TupleValue tuple ? tuple.items() : List.of(argument);
    }

    static Value format(Execution run, String format, Value argument) {
        PercentFormat formatting = new PercentFormat(run, format, argument);
        formatting.run();
        return new StrValue(formatting.out.toString());
    }

    private void run() {
        run.budget().text(format.length());
        while (at < format.length()) {
            char c = format.charAt(at++);
            if (c == '%') {
                conversion();
            } else {
                out.append(c);
            }
        }
        boolean all = next >= values.size() || (next == 0 && argument instanceof DictValue);
        if (!all) {
            throw Failure.type("not all arguments converted during string formatting");
        }
    }

    private void conversion() {
        Value named = null;
        if (peek() == '(') {
            int end = format.indexOf(')', at);
            if (end < 0) {
                throw Failure.value("incomplete format key");
            }
            if (!(argument instanceof DictValue dict)) {
                throw Failure.type("format requires a mapping");
            }
            run.budget().scan(end - (long) at);
            named = dict.get(format.substring(at + 1, end));
            if (named == null) {
                throw Failure.of("KeyError", "'" + format.substring(at + 1, end) + "'");
            }
            at = end + 1;
        }
        int start = at;
        while ("-+ #0".indexOf(peek()) >= 0) {
            at++;
        }
        String flags = format.substring(start, at);
        int width = number();
        int precision = -1;
        if (peek() == '.') {
            at++;
            precision = number();
        }
        while ("hlL".indexOf(peek()) >= 0) {
            at++;
        }
        char type = peek();
        at++;
        if (type == '%') {
            out.append('%');
            return;
        }
        out.append(converted(spec(flags, width, precision, type), named));
    }

    private static FormatSpec spec(String flags, int width, int precision, char type) {
        boolean number = "diuxXoeEfFgG".indexOf(type) >= 0;
        boolean zeros = number && flags.indexOf('0') >= 0 && flags.indexOf('-') < 0;
        char sign = flags.indexOf('+') >= 0 ? '+' : flags.indexOf(' ') >= 0 ? ' ' : '-';
        char align = flags.indexOf('-') >= 0 ? '<' : zeros ? '=' : '>';
        return new FormatSpec(
                zeros ? "0" : " ",
                align,
                sign,
                flags.indexOf('#') >= 0,
                width,
                "",
                precision,
                type);
    }

    private String converted(FormatSpec spec, @Nullable Value named) {
        Value value = named == null ? following() : named;
        char type = spec.type();
        return switch (type) {
            case 's' -> spec.text(run, Printer.str(run, value));
            case 'r' -> spec.text(run, Printer.repr(run, value));
            case 'c' -> spec.text(run, character(value));
            case 'd', 'i', 'u' -> {
                if (value instanceof FloatValue real) {
                    yield spec.integer(run, Numbers.truncated(real.value()).value());
                }
                checkNumber(value, "%" + type + " format: a real number is required, not ");
                yield spec.integer(run, Numbers.integer(value));
            }
            case 'x', 'X', 'o' -> {
                if (!Numbers.isInteger(value)) {
                    throw Failure.type(
                            "%"
                                    + type
                                    + " format: an integer is required, not "
                                    + value.typeName());
                }
                yield spec.integer(run, Numbers.integer(value));
            }
            case 'e', 'E', 'f', 'F', 'g', 'G' -> {
                checkNumber(value, "must be real number, not ");
                yield spec.real(run, Numbers.real(value));
            }
            default -> throw Failure.value("unsupported format character '" + type + "'");
        };
    }

    private static void checkNumber(Value value, String message) {
        if (!Numbers.isNumber(value)) {
            throw Failure.type(message + value.typeName());
        }
    }

    private String character(Value value) {
        if (value instanceof StrValue str && Texts.length(run, str.text()) == 1) {
            return str.text();
        }
        if (Numbers.isInteger(value) && Character.isValidCodePoint((int) Numbers.index(value))) {
            return Character.toString((int) Numbers.index(value));
        }
        throw Failure.type("%c requires int or char");
    }

    private Value following() {
        if (next >= values.size()) {
            throw Failure.type("not enough arguments for format string");
        }
        return values.get(next++);
    }

    private char peek() {
        if (at >= format.length()) {
            throw Failure.value("incomplete format");
        }
        return format.charAt(at);
    }

    private int number() {
        if (peek() == '*') {
            at++;
            return (int) Math.min(Integer.MAX_VALUE, Math.max(0, Numbers.index(following())));
        }
        long number = 0;
        while (Character.isDigit(peek())) {
            number = Math.min(Integer.MAX_VALUE, number * 10 + (format.charAt(at++) - '0'));
        }
        return (int) number;
    }
}
