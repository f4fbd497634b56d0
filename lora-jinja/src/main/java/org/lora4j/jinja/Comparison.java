/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.jinja;

import java.math.BigDecimal;
import java.math.BigInteger;
import java.util.Iterator;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Python's {@code ==}, {@code <} and {@code in}. */
final class Comparison {
    private Comparison() {}

    static boolean equal(Execution run, Value a, Value b) {
        run.budget().step();
        if (a == b) {
            return !(a instanceof FloatValue number) || !Double.isNaN(number.value());
        }
        if (Numbers.isNumber(a) && Numbers.isNumber(b)) {
            payNumbers(run, a, b);
            return !Numbers.isNaN(a) && !Numbers.isNaN(b) && Numbers.compare(a, b) == 0;
        }
        if (a instanceof StrValue x && b instanceof StrValue y) {
            run.budget().scan(Math.min(x.text().length(), y.text().length()));
            return x.text().equals(y.text());
        }
        if (a instanceof ListValue x && b instanceof ListValue y) {
            return equalItems(run, x.items(), y.items());
        }
        if (a instanceof TupleValue x && b instanceof TupleValue y) {
            return equalItems(run, x.items(), y.items());
        }
        if (a instanceof DictValue x && b instanceof DictValue y) {
            return equalDicts(run, x, y);
        }
        if (a instanceof RangeValue x && b instanceof RangeValue y) {
            return equalItems(run, x.items(), y.items());
        }
        if (a instanceof Markup || b instanceof Markup) {
            throw Failure.unsupported("comparing what safe or escape gives");
        }
        return a instanceof Undefined && b instanceof Undefined;
    }

    private static boolean equalItems(Execution run, List<Value> a, List<Value> b) {
        if (a.size() != b.size()) {
            return false;
        }
        Iterator<Value> others = b.iterator();
        for (Value item : a) {
            if (!equal(run, item, others.next())) {
                return false;
            }
        }
        return true;
    }

    private static boolean equalDicts(Execution run, DictValue a, DictValue b) {
        if (a.size() != b.size()) {
            return false;
        }
        for (DictValue.Entry entry : a.entries()) {
            Value other = b.get(entry.key());
            if (other == null || !equal(run, entry.value(), other)) {
                return false;
            }
        }
        return true;
    }

    /** Negative, zero or positive as a is below, equal to or above b. */
    static int order(Execution run, Value a, Value b, String operator) {
        run.budget().step();
        if (a instanceof Undefined missing) {
            throw missing.failure();
        }
        if (b instanceof Undefined missing) {
            throw missing.failure();
        }
        if (Numbers.isNumber(a) && Numbers.isNumber(b)) {
            payNumbers(run, a, b);
            return Numbers.compare(a, b);
        }
        if (a instanceof StrValue x && b instanceof StrValue y) {
            run.budget().scan(Math.min(x.text().length(), y.text().length()));
            return byCodePoint(x.text(), y.text());
        }
        List<Value> x = items(a);
        List<Value> y = items(b);
        if (x == null || y == null || a.getClass() != b.getClass()) {
            throw Failure.type(
                    "'"
                            + operator
                            + "' not supported between instances of '"
                            + a.typeName()
                            + "' and '"
                            + b.typeName()
                            + "'");
        }
        for (int i = 0; i < Math.min(x.size(), y.size()); i++) {
            if (!equal(run, x.get(i), y.get(i))) {
                return order(run, x.get(i), y.get(i), operator);
            }
        }
        return Integer.compare(x.size(), y.size());
    }

    private static @Nullable List<Value> items(Value value) {
        if (value instanceof ListValue list) {
            return list.items();
        }
        return value instanceof TupleValue tuple ? tuple.items() : null;
    }

    /** UTF-16 would put the characters of the higher planes before some of the lowest. */
    private static int byCodePoint(String a, String b) {
        int shared = Math.min(a.length(), b.length());
        for (int i = 0; i < shared; i++) {
            if (a.charAt(i) != b.charAt(i)) {
                boolean surrogates =
                        Character.isSurrogate(a.charAt(i)) && Character.isSurrogate(b.charAt(i));
                int at = surrogates && Character.isLowSurrogate(a.charAt(i)) && i > 0 ? i - 1 : i;
                return Integer.compare(a.codePointAt(at), b.codePointAt(at));
            }
        }
        return Integer.compare(a.length(), b.length());
    }

    /** {@code item in container}. */
    static boolean contains(Execution run, Value container, Value item) {
        if (container instanceof StrValue text) {
            if (!(item instanceof StrValue part)) {
                throw Failure.type(
                        "'in <string>' requires string as left operand, not " + item.typeName());
            }
            run.budget().search(text.text().length(), part.text().length());
            return text.text().contains(part.text());
        }
        if (container instanceof DictValue dict) {
            run.budget().key(item);
            return dict.get(item) != null;
        }
        if (!Sequences.isIterable(container)) {
            throw Failure.type("argument of type '" + container.typeName() + "' is not iterable");
        }
        Iterator<Value> items = Sequences.iterator(run, container);
        while (items.hasNext()) {
            if (equal(run, items.next(), item)) {
                return true;
            }
        }
        return false;
    }

    /** An int and a float are compared exactly, as decimals. */
    private static void payNumbers(Execution run, Value a, Value b) {
        if (a instanceof FloatValue != b instanceof FloatValue) {
            run.budget().decimals(0);
            Value whole = a instanceof FloatValue ? b : a;
            run.budget().digits(Numbers.integer(whole).bitLength(), 4096);
        }
    }

    /** Exact, as Python compares an int with a float. */
    static int exact(BigInteger a, double b) {
        if (Double.isInfinite(b)) {
            return b > 0 ? -1 : 1;
        }
        return new BigDecimal(a).compareTo(new BigDecimal(b));
    }
}
