/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.jinja.python;

import java.math.BigDecimal;
import java.math.BigInteger;
import java.util.Locale;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** Values read as numbers; True is 1 and False is 0. */
public final class Numbers {
    public static boolean isNumber(Value value) {
        return isInteger(value) || value instanceof Value.Real;
    }

    public static boolean isInteger(Value value) {
        return value instanceof Value.Int || value instanceof Value.Bool;
    }

    public static boolean isNaN(Value value) {
        return value instanceof Value.Real number && Double.isNaN(number.value());
    }

    /** The integer a value is; other values fail as Python's {@code __index__} does. */
    public static BigInteger integer(Value value) {
        if (value instanceof Value.Int number) {
            return number.value();
        }
        if (value instanceof Value.Bool) {
            return value.truth() ? BigInteger.ONE : BigInteger.ZERO;
        }
        value.checkDefined();
        throw Failure.type("'" + value.typeName() + "' object cannot be interpreted as an integer");
    }

    /** An integer as a position or count; what is beyond the range of long becomes its end. */
    public static long index(Value value) {
        BigInteger exact = integer(value);
        if (exact.bitLength() < Long.SIZE) {
            return exact.longValue();
        }
        return exact.signum() < 0 ? Long.MIN_VALUE / 2 : Long.MAX_VALUE / 2;
    }

    public static double real(Value value) {
        if (value instanceof Value.Real number) {
            return number.value();
        }
        value.checkDefined();
        if (!isInteger(value)) {
            throw Failure.type("must be real number, not " + value.typeName());
        }
        double real = integer(value).doubleValue();
        if (Double.isInfinite(real)) {
            throw Failure.of("OverflowError", "int too large to convert to float");
        }
        return real;
    }

    /** Negative, zero or positive, exactly also for an int and a float. */
    static int compare(Value a, Value b) {
        boolean realA = a instanceof Value.Real;
        boolean realB = b instanceof Value.Real;
        if (realA && realB) {
            return real(a) == real(b) ? 0 : Double.compare(real(a), real(b));
        }
        if (realA) {
            return -compare(b, a);
        }
        if (!realB) {
            return integer(a).compareTo(integer(b));
        }
        double x = real(b);
        return Double.isInfinite(x)
                ? (x > 0 ? -1 : 1)
                : new BigDecimal(integer(a)).compareTo(new BigDecimal(x));
    }

    /** {@code int(x)} of a float. */
    public static Value.Int truncated(double value) {
        if (!Double.isFinite(value)) {
            throw Double.isNaN(value)
                    ? Failure.value("cannot convert float NaN to integer")
                    : Failure.of("OverflowError", "cannot convert float infinity to integer");
        }
        return new Value.Int(new BigDecimal(value).toBigInteger());
    }

    private static final Pattern REAL =
            Pattern.compile("[+-]?(?:\\d++\\.?+\\d*+|\\.\\d++)(?:e[+-]?\\d++)?");

    public static Value.@Nullable Int integer(Budget budget, String text, long base) {
        budget.text(text.length()); // without blanks and underscores it is another text
        String digits = Texts.strip(text).replaceAll("(?<=\\w)_(?=\\w)", "");
        boolean negative = digits.startsWith("-");
        String bare = negative || digits.startsWith("+") ? digits.substring(1) : digits;
        String prefix = base == 16 ? "0x" : base == 8 ? "0o" : base == 2 ? "0b" : "";
        if (!prefix.isEmpty() && bare.regionMatches(true, 0, prefix, 0, 2)) {
            bare = bare.substring(2);
        }
        boolean fits = !bare.isEmpty() && bare.length() <= Value.Int.MAX_DIGITS;
        if (!fits
                || base < Character.MIN_RADIX
                || base > Character.MAX_RADIX
                || bare.chars().anyMatch(c -> Character.digit(c, (int) base) < 0)) {
            return null;
        }
        long bits = 6L * bare.length(); // at most, of a base up to 36
        budget.digits(bits, bits);
        BigInteger size = new BigInteger(bare, (int) base);
        return Value.Int.of(negative ? size.negate() : size);
    }

    public static @Nullable Double real(Budget budget, String text) {
        budget.text(3L * text.length());
        String number =
                Texts.strip(text).replaceAll("(?<=\\d)_(?=\\d)", "").toLowerCase(Locale.ROOT);
        return switch (number) {
            case "inf", "+inf", "infinity", "+infinity" -> Double.POSITIVE_INFINITY;
            case "-inf", "-infinity" -> Double.NEGATIVE_INFINITY;
            case "nan", "+nan", "-nan" -> Double.NaN;
            default ->
                    number.length() <= Value.Int.MAX_DIGITS && REAL.matcher(number).matches()
                            ? (Double) Double.parseDouble(number)
                            : null;
        };
    }

    private Numbers() {}
}
