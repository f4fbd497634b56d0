/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.jinja;

import java.math.BigInteger;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Python's binary operators + - * / // % and **. */
final class Arithmetic {
    private Arithmetic() {}

    static Value apply(Execution run, String operator, Value a, Value b) {
        if (a instanceof Undefined missing) {
            throw missing.failure();
        }
        // The printf operator prints an undefined value as nothing.
        if (operator.equals("%") && a instanceof StrValue format) {
            return PercentFormat.format(run, format.text(), b);
        }
        if (b instanceof Undefined missing) {
            throw missing.failure();
        }
        Value made =
                switch (operator) {
                    case "+" -> joined(run, a, b);
                    case "*" -> repeated(run, a, b);
                    default -> null;
                };
        if (made != null) {
            return made;
        }
        if (!Numbers.isNumber(a) || !Numbers.isNumber(b)) {
            throw unsupported(operator, a, b);
        }
        return a instanceof FloatValue || b instanceof FloatValue
                ? reals(operator, Numbers.real(a), Numbers.real(b))
                : integers(run, operator, Numbers.integer(a), Numbers.integer(b));
    }

    static Value add(Execution run, Value a, Value b) {
        return apply(run, "+", a, b);
    }

    /** The sum of two texts or sequences, or null for other values. */
    private static @Nullable Value joined(Execution run, Value a, Value b) {
        if (a instanceof StrValue x && b instanceof StrValue y) {
            run.budget().text((long) x.text().length() + y.text().length());
            return new StrValue(x.text().concat(y.text()));
        }
        if (a instanceof Markup || b instanceof Markup) {
            throw Failure.unsupported("an operator on what safe or escape gives");
        }
        if (a instanceof StrValue) {
            throw Failure.type("can only concatenate str (not \"" + b.typeName() + "\") to str");
        }
        if (a instanceof ListValue x && b instanceof ListValue y) {
            return new ListValue(joined(run, x.items(), y.items()));
        }
        if (a instanceof TupleValue x && b instanceof TupleValue y) {
            return new TupleValue(joined(run, x.items(), y.items()));
        }
        return null;
    }

    private static List<Value> joined(Execution run, List<Value> a, List<Value> b) {
        run.budget().items((long) a.size() + b.size());
        List<Value> both = new ArrayList<>(a.size() + b.size());
        both.addAll(a);
        both.addAll(b);
        return both;
    }

    /** A text or sequence times a number, or null for other values. */
    private static @Nullable Value repeated(Execution run, Value a, Value b) {
        boolean numberFirst = Numbers.isInteger(a);
        Value what = numberFirst ? b : a;
        Value times = numberFirst ? a : b;
        if (!Numbers.isInteger(times)) {
            return null;
        }
        long count = Math.max(0, Numbers.index(times));
        if (what instanceof StrValue str) {
            return new StrValue(Texts.repeat(run, str.text(), count));
        }
        if (what instanceof ListValue list) {
            return new ListValue(repeated(run, list.items(), count));
        }
        return what instanceof TupleValue tuple
                ? new TupleValue(repeated(run, tuple.items(), count))
                : null;
    }

    private static List<Value> repeated(Execution run, List<Value> items, long count) {
        List<Value> repeated = new ArrayList<>();
        if (!items.isEmpty()) {
            for (long i = 0; i < count; i++) {
                run.budget().items(items.size());
                repeated.addAll(items);
            }
        }
        return repeated;
    }

    private static Value integers(Execution run, String operator, BigInteger a, BigInteger b) {
        boolean linear = operator.equals("+") || operator.equals("-");
        run.budget().digits(a.bitLength(), linear ? 0 : b.bitLength());
        return switch (operator) {
            case "+" -> IntValue.of(a.add(b));
            case "-" -> IntValue.of(a.subtract(b));
            case "*" -> {
                IntValue.checkBits((long) a.bitLength() + b.bitLength());
                yield IntValue.of(a.multiply(b));
            }
            case "/" -> {
                notZero(b.signum(), "division by zero");
                yield new FloatValue(Numbers.real(new IntValue(a)) / Numbers.real(new IntValue(b)));
            }
            case "//" -> {
                notZero(b.signum(), "integer division or modulo by zero");
                yield IntValue.of(floor(a, b)[0]);
            }
            case "%" -> {
                notZero(b.signum(), "integer modulo by zero");
                yield IntValue.of(floor(a, b)[1]);
            }
            default -> power(run, a, b);
        };
    }

    /** Quotient rounded down, and the remainder, which has the sign of b. */
    private static BigInteger[] floor(BigInteger a, BigInteger b) {
        BigInteger[] both = a.divideAndRemainder(b);
        if (both[1].signum() != 0 && both[1].signum() != b.signum()) {
            both[0] = both[0].subtract(BigInteger.ONE);
            both[1] = both[1].add(b);
        }
        return both;
    }

    private static Value power(Execution run, BigInteger a, BigInteger b) {
        if (b.signum() < 0) {
            return reals("**", a.doubleValue(), b.doubleValue());
        }
        boolean small = a.abs().bitLength() <= 1;
        long bits = small ? 0 : (long) (a.bitLength() * b.doubleValue());
        IntValue.checkBits(bits);
        run.budget().digits(bits, bits);
        return small && b.bitLength() > 31
                ? IntValue.of(a.pow(b.testBit(0) ? 1 : 2))
                : IntValue.of(a.pow(b.intValueExact()));
    }

    private static Value reals(String operator, double a, double b) {
        return new FloatValue(
                switch (operator) {
                    case "+" -> a + b;
                    case "-" -> a - b;
                    case "*" -> a * b;
                    case "/" -> {
                        notZero(b, "float division by zero");
                        yield a / b;
                    }
                    case "//" -> {
                        notZero(b, "float floor division by zero");
                        yield Math.floor((a - modulo(a, b)) / b + 0.25);
                    }
                    case "%" -> {
                        notZero(b, "float modulo");
                        yield modulo(a, b);
                    }
                    default -> power(a, b);
                });
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

    private static void notZero(double divisor, String message) {
        if (divisor == 0) {
            throw Failure.of("ZeroDivisionError", message);
        }
    }

    private static Failure unsupported(String operator, Value a, Value b) {
        String name = operator.equals("**") ? "** or pow()" : operator;
        return Failure.type(
                "unsupported operand type(s) for "
                        + name
                        + ": '"
                        + a.typeName()
                        + "' and '"
                        + b.typeName()
                        + "'");
    }

    /** {@code -value}. */
    static Value negative(Value value) {
        if (value instanceof FloatValue number) {
            return new FloatValue(-number.value());
        }
        return IntValue.of(unary("-", value).negate());
    }

    /** {@code +value}. */
    static Value positive(Value value) {
        return value instanceof FloatValue ? value : IntValue.of(unary("+", value));
    }

    private static BigInteger unary(String operator, Value value) {
        if (value instanceof Undefined missing) {
            throw missing.failure();
        }
        if (!Numbers.isInteger(value)) {
            throw Failure.type(
                    "bad operand type for unary " + operator + ": '" + value.typeName() + "'");
        }
        return Numbers.integer(value);
    }
}
