/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.jinja.python;

import java.math.BigInteger;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Python's operators {@code + - * / // % **}. */
public final class Arithmetic {
    private Arithmetic() {}

    public static Value apply(Budget budget, String operator, Value a, Value b) {
        a.checkDefined();
        // The printf operator prints an undefined value as nothing.
        if (operator.equals("%") && a instanceof Value.Str format) {
            return PercentFormat.format(budget, format.text(), b);
        }
        b.checkDefined();
        Value made =
                switch (operator) {
                    case "+" -> joined(budget, a, b);
                    case "*" -> repeated(budget, a, b);
                    default -> null;
                };
        if (made != null) {
            return made;
        }
        if (!Numbers.isNumber(a) || !Numbers.isNumber(b)) {
            throw Failure.type(
                    "unsupported operand type(s) for %s: '%s' and '%s'",
                    operator.equals("**") ? "** or pow()" : operator, a.typeName(), b.typeName());
        }
        if (!b.truth() && (operator.startsWith("/") || operator.equals("%"))) {
            throw Failure.of("ZeroDivisionError", "division by zero");
        }
        return a instanceof Value.Real || b instanceof Value.Real
                ? new Value.Real(reals(operator, Numbers.real(a), Numbers.real(b)))
                : integers(budget, operator, Numbers.integer(a), Numbers.integer(b));
    }

    /** The sum of two texts or sequences, or null for other values. */
    private static @Nullable Value joined(Budget budget, Value a, Value b) {
        if (a instanceof Value.Str x && b instanceof Value.Str y) {
            budget.text((long) x.text().length() + y.text().length());
            return new Value.Str(x.text().concat(y.text()));
        }
        if (a instanceof Value.Markup || b instanceof Value.Markup) {
            throw Value.Markup.refused("an operator on");
        }
        if (a instanceof Value.Str) {
            throw Failure.type("can only concatenate str (not \"%s\") to str", b.typeName());
        }
        if (a instanceof Value.Seq x && b instanceof Value.Seq y && x.tuple() == y.tuple()) {
            budget.items((long) x.items().size() + y.items().size());
            List<Value> both = new ArrayList<>(x.items());
            both.addAll(y.items());
            return x.with(both);
        }
        return null;
    }

    /** A text or sequence times a number, or null for other values. */
    private static @Nullable Value repeated(Budget budget, Value a, Value b) {
        if (Numbers.isInteger(a) && !Numbers.isInteger(b)) {
            return repeated(budget, b, a);
        }
        if (a instanceof Value.Str str && Numbers.isInteger(b)) {
            return new Value.Str(Texts.repeat(budget, str.text(), Numbers.index(b)));
        }
        if (!(a instanceof Value.Seq sequence) || !Numbers.isInteger(b)) {
            return null;
        }
        List<Value> repeated = new ArrayList<>();
        long count = sequence.items().isEmpty() ? 0 : Numbers.index(b);
        for (long i = 0; i < count; i++) {
            budget.items(sequence.items().size());
            repeated.addAll(sequence.items());
        }
        return sequence.with(repeated);
    }

    private static Value integers(Budget budget, String operator, BigInteger a, BigInteger b) {
        boolean linear = operator.equals("+") || operator.equals("-");
        budget.digits(a.bitLength(), linear ? 0 : b.bitLength());
        return switch (operator) {
            case "+" -> Value.Int.of(a.add(b));
            case "-" -> Value.Int.of(a.subtract(b));
            case "*" -> {
                Value.Int.checkBits((long) a.bitLength() + b.bitLength());
                yield Value.Int.of(a.multiply(b));
            }
            case "/" ->
                    new Value.Real(Numbers.real(new Value.Int(a)) / Numbers.real(new Value.Int(b)));
            case "//" -> Value.Int.of(a.subtract(modulo(a, b)).divide(b));
            case "%" -> Value.Int.of(modulo(a, b));
            default -> power(budget, a, b);
        };
    }

    /** The remainder of the division rounded down: it has the sign of b. */
    private static BigInteger modulo(BigInteger a, BigInteger b) {
        BigInteger rest = a.mod(b.abs());
        return b.signum() < 0 && rest.signum() != 0 ? rest.add(b) : rest;
    }

    private static Value power(Budget budget, BigInteger a, BigInteger b) {
        if (b.signum() < 0) {
            return new Value.Real(power(a.doubleValue(), b.doubleValue()));
        }
        boolean small = a.abs().bitLength() <= 1; // -1, 0 or 1
        long bits = small ? 0 : (long) (a.bitLength() * b.doubleValue());
        Value.Int.checkBits(bits);
        budget.digits(bits, bits);
        int exponent = small && b.bitLength() > 31 ? (b.testBit(0) ? 1 : 2) : b.intValueExact();
        return Value.Int.of(a.pow(exponent));
    }

    private static double reals(String operator, double a, double b) {
        return switch (operator) {
            case "+" -> a + b;
            case "-" -> a - b;
            case "*" -> a * b;
            case "/" -> a / b;
            case "//" -> Math.floor((a - modulo(a, b)) / b + 0.25);
            case "%" -> modulo(a, b);
            default -> power(a, b);
        };
    }

    private static double modulo(double a, double b) {
        double remainder = a % b;
        if (remainder != 0 && (remainder < 0) != (b < 0)) {
            remainder += b;
        }
        return remainder == 0 ? Math.copySign(0.0, b) : remainder;
    }

    private static double power(double a, double b) {
        if (a == 0 && b < 0) {
            throw Failure.of("ZeroDivisionError", "0.0 cannot be raised to a negative power");
        }
        if (a < 0 && b != Math.rint(b)) {
            throw Failure.unsupported("a complex number");
        }
        double result = Math.pow(a, b);
        if (Double.isInfinite(result) && !Double.isInfinite(a) && !Double.isInfinite(b)) {
            throw Failure.of("OverflowError", "(34, 'Numerical result out of range')");
        }
        return result;
    }

    /** {@code +value} or {@code -value}. */
    public static Value sign(Value value, boolean minus) {
        if (value instanceof Value.Real number) {
            return minus ? new Value.Real(-number.value()) : value;
        }
        value.checkDefined();
        if (!Numbers.isInteger(value)) {
            throw Failure.type(
                    "bad operand type for unary %s: '%s'", minus ? "-" : "+", value.typeName());
        }
        BigInteger number = Numbers.integer(value);
        return Value.Int.of(minus ? number.negate() : number);
    }
}
