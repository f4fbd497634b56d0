/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.jinja;

import java.math.BigDecimal;
import java.math.BigInteger;
import java.math.RoundingMode;
import java.util.List;
import java.util.Map;

/** The filters default, attr and tojson, and those for numbers. */
final class ValueFilters {
    private ValueFilters() {}

    static void addTo(Map<String, Filters.Filter> filters) {
        filters.put("default", ValueFilters::otherwise);
        filters.put("d", ValueFilters::otherwise);
        filters.put("attr", ValueFilters::attribute);
        filters.put("tojson", ValueFilters::json);
        filters.put("int", ValueFilters::integer);
        filters.put("float", ValueFilters::real);
        filters.put("abs", (run, value, arguments) -> absolute(value));
        filters.put("round", ValueFilters::round);
    }

    private static Value otherwise(Execution run, Value value, Arguments arguments) {
        arguments.only("default_value", "boolean");
        boolean falsy = arguments.get(1, "boolean", BoolValue.FALSE).truth();
        return value instanceof Undefined || (falsy && !value.truth())
                ? arguments.get(0, "default_value", StrValue.EMPTY)
                : value;
    }

    private static Value attribute(Execution run, Value value, Arguments arguments) {
        String name = Printer.str(run, arguments.require(0, "name"));
        // Unlike the dot, this filter does not look among the items of a dict.
        if (value instanceof DictValue dict && DictMethods.find(dict, name) == null) {
            return Undefined.attribute(value, name);
        }
        return Access.attribute(run, value, name);
    }

    private static Value json(Execution run, Value value, Arguments arguments) {
        arguments.only("ensure_ascii", "indent", "separators", "sort_keys");
        Value indent = arguments.get(1, "indent", None.NONE);
        String unit = null;
        if (indent instanceof StrValue text) {
            unit = text.text();
        } else if (indent != None.NONE) {
            unit = Texts.repeat(run, " ", Numbers.index(indent));
        }
        Value separators = arguments.get(2, "separators", None.NONE);
        String between = unit == null ? ", " : ",";
        String colon = ": ";
        if (separators != None.NONE) {
            List<Value> both = Sequences.list(run, separators);
            if (both.size() != 2) {
                throw Failure.value("tojson needs two separators");
            }
            between = Texts.text(both.get(0), "separator");
            colon = Texts.text(both.get(1), "separator");
        }
        return new StrValue(
                new JsonWriter(
                                run,
                                unit,
                                between,
                                colon,
                                arguments.get(0, "ensure_ascii", BoolValue.FALSE).truth(),
                                arguments.get(3, "sort_keys", BoolValue.FALSE).truth())
                        .write(value));
    }

    private static Value integer(Execution run, Value value, Arguments arguments) {
        arguments.only("default", "base");
        Value otherwise = arguments.get(0, "default", IntValue.ZERO);
        if (value instanceof Undefined missing) {
            throw missing.failure();
        }
        if (value instanceof StrValue str) {
            long base = Numbers.index(arguments.get(1, "base", IntValue.of(10)));
            IntValue exact = NumberText.integer(run, str.text(), base);
            if (exact != null) {
                return exact;
            }
            Double real = NumberText.real(run, str.text());
            return real == null || Double.isNaN(real) || Double.isInfinite(real)
                    ? otherwise
                    : Numbers.truncated(real);
        }
        if (value instanceof FloatValue number) {
            return Double.isNaN(number.value()) || Double.isInfinite(number.value())
                    ? otherwise
                    : Numbers.truncated(number.value());
        }
        return Numbers.isInteger(value) ? IntValue.of(Numbers.integer(value)) : otherwise;
    }

    private static Value real(Execution run, Value value, Arguments arguments) {
        arguments.only("default");
        Value otherwise = arguments.get(0, "default", new FloatValue(0));
        if (value instanceof Undefined missing) {
            throw missing.failure();
        }
        if (value instanceof StrValue str) {
            Double real = NumberText.real(run, str.text());
            return real == null ? otherwise : new FloatValue(real);
        }
        return Numbers.isNumber(value) ? new FloatValue(Numbers.real(value)) : otherwise;
    }

    private static Value absolute(Value value) {
        if (value instanceof FloatValue number) {
            return new FloatValue(Math.abs(number.value()));
        }
        if (value instanceof Undefined missing) {
            throw missing.failure();
        }
        if (!Numbers.isInteger(value)) {
            throw Failure.type("bad operand type for abs(): '" + value.typeName() + "'");
        }
        return IntValue.of(Numbers.integer(value).abs());
    }

    private static Value round(Execution run, Value value, Arguments arguments) {
        arguments.only("precision", "method");
        long precision = Numbers.index(arguments.get(0, "precision", IntValue.ZERO));
        Value method = arguments.find(1, "method");
        String name = method == null ? "common" : Printer.str(run, method);
        if (Math.abs(precision) > 400) {
            throw Failure.value("precision too big");
        }
        run.budget().decimals(Math.abs(precision));
        if (value instanceof IntValue whole) {
            run.budget().digits(whole.value().bitLength(), 4 * Math.abs(precision));
        }
        double factor = Math.pow(10, (double) precision);
        return switch (name) {
            case "common" ->
                    value instanceof FloatValue number
                            ? new FloatValue(rounded(number.value(), (int) precision))
                            : IntValue.of(rounded(Numbers.integer(value), (int) precision));
            case "ceil" -> new FloatValue(Math.ceil(Numbers.real(value) * factor) / factor);
            case "floor" -> new FloatValue(Math.floor(Numbers.real(value) * factor) / factor);
            default ->
                    throw Failure.of("FilterArgumentError", "method must be common, ceil or floor");
        };
    }

    private static double rounded(double value, int precision) {
        if (Double.isNaN(value) || Double.isInfinite(value)) {
            return value;
        }
        double rounded =
                new BigDecimal(value).setScale(precision, RoundingMode.HALF_EVEN).doubleValue();
        return rounded == 0 ? Math.copySign(0.0, value) : rounded;
    }

    private static BigInteger rounded(BigInteger value, int precision) {
        return precision >= 0
                ? value
                : new BigDecimal(value).setScale(precision, RoundingMode.HALF_EVEN).toBigInteger();
    }
}
