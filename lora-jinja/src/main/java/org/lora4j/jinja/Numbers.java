/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.jinja;

import java.math.BigInteger;

/** Reading values as numbers; True is 1 and False is 0. */
final class Numbers {
    private Numbers() {}

    static boolean isNumber(Value value) {
        return value instanceof IntValue
                || value instanceof FloatValue
                || value instanceof BoolValue;
    }

    static boolean isInteger(Value value) {
        return value instanceof IntValue || value instanceof BoolValue;
    }

    static boolean isNaN(Value value) {
        return value instanceof FloatValue number && Double.isNaN(number.value());
    }

    /** The integer a value is; what else there is fails as Python's {@code __index__} does. */
    static BigInteger integer(Value value) {
        if (value instanceof IntValue number) {
            return number.value();
        }
        if (value instanceof BoolValue bool) {
            return bool.value() ? BigInteger.ONE : BigInteger.ZERO;
        }
        if (value instanceof Undefined missing) {
            throw missing.failure();
        }
        throw Failure.type("'" + value.typeName() + "' object cannot be interpreted as an integer");
    }

    /** An integer as a position or count: beyond the range of long it is the range's end. */
    static long index(Value value) {
        BigInteger exact = integer(value);
        if (exact.bitLength() < Long.SIZE) {
            return exact.longValue();
        }
        return exact.signum() < 0 ? Long.MIN_VALUE / 2 : Long.MAX_VALUE / 2;
    }

    static double real(Value value) {
        if (value instanceof FloatValue number) {
            return number.value();
        }
        if (value instanceof IntValue || value instanceof BoolValue) {
            double real = integer(value).doubleValue();
            if (Double.isInfinite(real)) {
                throw Failure.of("OverflowError", "int too large to convert to float");
            }
            return real;
        }
        if (value instanceof Undefined missing) {
            throw missing.failure();
        }
        throw Failure.type("must be real number, not " + value.typeName());
    }

    static int compare(Value a, Value b) {
        boolean realA = a instanceof FloatValue;
        boolean realB = b instanceof FloatValue;
        if (realA && realB) {
            double difference = real(a) - real(b);
            return difference == 0 || real(a) == real(b) ? 0 : Double.compare(real(a), real(b));
        }
        if (realA) {
            return -Comparison.exact(integer(b), real(a));
        }
        return realB ? Comparison.exact(integer(a), real(b)) : integer(a).compareTo(integer(b));
    }

    /** {@code int(x)} of a float. */
    static IntValue truncated(double value) {
        if (Double.isNaN(value)) {
            throw Failure.value("cannot convert float NaN to integer");
        }
        if (Double.isInfinite(value)) {
            throw Failure.of("OverflowError", "cannot convert float infinity to integer");
        }
        return new IntValue(whole(value));
    }

    /** A finite number without its fraction. */
    static BigInteger whole(double value) {
        if (Math.abs(value) < 1L << 53) {
            return BigInteger.valueOf((long) value);
        }
        long bits = Double.doubleToLongBits(value);
        long mantissa = (bits & ((1L << 52) - 1)) | (1L << 52);
        BigInteger size = BigInteger.valueOf(mantissa).shiftLeft(Math.getExponent(value) - 52);
        return value < 0 ? size.negate() : size;
    }
}
