/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.jinja.python;

import java.util.Iterator;
import java.util.List;

/** Python's comparisons: {@code == != < <= > >= in}, {@code not in}. */
public final class Comparison {
    private Comparison() {}

    public static boolean holds(Budget budget, String operator, Value a, Value b) {
        return switch (operator) {
            case "==" -> equal(budget, a, b);
            case "!=" -> !equal(budget, a, b);
            case "in" -> contains(budget, b, a);
            case "not in" -> !contains(budget, b, a);
            default -> !Numbers.isNaN(a) && !Numbers.isNaN(b) && ordered(budget, operator, a, b);
        };
    }

    private static boolean ordered(Budget budget, String operator, Value a, Value b) {
        int order = order(budget, a, b, operator);
        return order == 0 ? operator.endsWith("=") : operator.startsWith("<") == (order < 0);
    }

    public static boolean equal(Budget budget, Value a, Value b) {
        budget.step();
        if (a == b) {
            return !Numbers.isNaN(a);
        }
        if (Numbers.isNumber(a) && Numbers.isNumber(b)) {
            payNumbers(budget, a, b);
            return !Numbers.isNaN(a) && !Numbers.isNaN(b) && Numbers.compare(a, b) == 0;
        }
        if (a instanceof Value.Str x && b instanceof Value.Str y) {
            budget.scan(Math.min(x.text().length(), y.text().length()));
            return x.text().equals(y.text());
        }
        if (a instanceof Value.Sequence x && b instanceof Value.Sequence y) {
            return !(a instanceof Value.View)
                    && a.typeName().equals(b.typeName())
                    && equalItems(budget, x.items(), y.items());
        }
        if (a instanceof Value.Dict x && b instanceof Value.Dict y) {
            return equalDicts(budget, x, y);
        }
        if (a instanceof Value.Markup || b instanceof Value.Markup) {
            throw Value.Markup.refused("comparing");
        }
        return a instanceof Value.Undefined && b instanceof Value.Undefined;
    }

    private static boolean equalItems(Budget budget, List<Value> a, List<Value> b) {
        boolean equal = a.size() == b.size();
        for (int i = 0; equal && i < a.size(); i++) {
            equal = equal(budget, a.get(i), b.get(i));
        }
        return equal;
    }

    private static boolean equalDicts(Budget budget, Value.Dict a, Value.Dict b) {
        if (a.size() != b.size()) {
            return false;
        }
        for (Value.Dict.Entry entry : a.entries()) {
            Value other = b.get(entry.key());
            if (other == null || !equal(budget, entry.value(), other)) {
                return false;
            }
        }
        return true;
    }

    /** Negative, zero or positive as a is below, equal to or above b. */
    public static int order(Budget budget, Value a, Value b, String operator) {
        budget.step();
        a.checkDefined();
        b.checkDefined();
        if (Numbers.isNumber(a) && Numbers.isNumber(b)) {
            payNumbers(budget, a, b);
            return Numbers.compare(a, b);
        }
        if (a instanceof Value.Str x && b instanceof Value.Str y) {
            budget.scan(Math.min(x.text().length(), y.text().length()));
            return byCodePoint(x.text(), y.text());
        }
        if (!(a instanceof Value.Seq x && b instanceof Value.Seq y && x.tuple() == y.tuple())) {
            throw Failure.type(
                    "'%s' not supported between instances of '%s' and '%s'",
                    operator, a.typeName(), b.typeName());
        }
        for (int i = 0; i < Math.min(x.items().size(), y.items().size()); i++) {
            if (!equal(budget, x.items().get(i), y.items().get(i))) {
                return order(budget, x.items().get(i), y.items().get(i), operator);
            }
        }
        return Integer.compare(x.items().size(), y.items().size());
    }

    /** UTF-16 would put the characters of the higher planes before some of the lowest. */
    private static int byCodePoint(String a, String b) {
        int shared = Math.min(a.length(), b.length());
        for (int i = 0; i < shared; i++) {
            char x = a.charAt(i);
            char y = b.charAt(i);
            if (x != y) {
                boolean surrogates = Character.isSurrogate(x) && Character.isSurrogate(y);
                int at = surrogates && Character.isLowSurrogate(x) && i > 0 ? i - 1 : i;
                return Integer.compare(a.codePointAt(at), b.codePointAt(at));
            }
        }
        return Integer.compare(a.length(), b.length());
    }

    private static boolean contains(Budget budget, Value container, Value item) {
        if (container instanceof Value.Str text) {
            if (!(item instanceof Value.Str part)) {
                throw Failure.type(
                        "'in <string>' requires string as left operand, not %s", item.typeName());
            }
            budget.search(text.text().length(), part.text().length());
            return text.text().contains(part.text());
        }
        if (container instanceof Value.Dict dict) {
            budget.key(item);
            return dict.get(item) != null;
        }
        if (!Sequences.isIterable(container)) {
            throw Failure.type("argument of type '" + container.typeName() + "' is not iterable");
        }
        Iterator<Value> items = Sequences.iterator(budget, container);
        while (items.hasNext()) {
            if (equal(budget, items.next(), item)) {
                return true;
            }
        }
        return false;
    }

    /** An int and a float are compared exactly, as decimals. */
    private static void payNumbers(Budget budget, Value a, Value b) {
        if (a instanceof Value.Real != b instanceof Value.Real) {
            budget.decimals(0);
            Value whole = a instanceof Value.Real ? b : a;
            budget.digits(Numbers.integer(whole).bitLength(), 4096);
        }
    }
}
