/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.jinja.python;

import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Python's iteration, {@code len} and slices. */
public final class Sequences {
    private Sequences() {}

    public static boolean isIterable(Value value) {
        return value instanceof Value.Sequence
                || value instanceof Value.Str
                || value instanceof Value.Dict
                || value instanceof Value.Iter
                || value instanceof Value.Undefined;
    }

    /** Python's {@code iter(value)}: of a dict its keys, of a text its characters. */
    public static Iterator<Value> iterator(Budget budget, Value value) {
        return value instanceof Value.Iter iterator
                ? iterator.rest()
                : list(budget, value).iterator();
    }

    /** All items; a generator has none left afterwards. */
    public static List<Value> list(Budget budget, Value value) {
        if (value instanceof Value.Sequence sequence) {
            budget.steps(sequence.items().size());
            return sequence.items();
        }
        List<Value> items = new ArrayList<>();
        if (value instanceof Value.Dict dict) {
            budget.steps(dict.size());
            dict.entries().forEach(entry -> items.add(entry.key()));
        } else if (value instanceof Value.Str str) {
            budget.values(str.text().length());
            str.text().codePoints().forEach(c -> items.add(new Value.Str(Character.toString(c))));
        } else if (value instanceof Value.Iter iterator) {
            while (iterator.rest().hasNext()) {
                budget.items(1);
                items.add(iterator.rest().next());
            }
        } else if (!(value instanceof Value.Undefined)) {
            throw Failure.type("'%s' object is not iterable", value.typeName());
        }
        return items;
    }

    /** Python's {@code len(value)}. */
    public static int length(Budget budget, Value value) {
        if (value instanceof Value.Str str) {
            budget.scan(str.text().length());
            return str.text().codePointCount(0, str.text().length());
        }
        if (value instanceof Value.Dict dict) {
            return dict.size();
        }
        if (value instanceof Value.Sequence sequence) {
            return sequence.items().size();
        }
        if (value instanceof Value.Undefined) {
            return 0;
        }
        throw Failure.type("object of type '%s' has no len()", value.typeName());
    }

    /** The item at a position, counted from the end if negative; null beyond the ends. */
    public static @Nullable Value at(Budget budget, Value value, long index) {
        boolean indexed = value instanceof Value.Sequence && !(value instanceof Value.View);
        if (!indexed && !(value instanceof Value.Str)) {
            return null;
        }
        int length = length(budget, value);
        long position = index < 0 ? index + length : index;
        if (position < 0 || position >= length) {
            return null;
        }
        if (value instanceof Value.Sequence sequence) {
            return sequence.items().get((int) position);
        }
        String text = ((Value.Str) value).text();
        int at = text.offsetByCodePoints(0, (int) position);
        return new Value.Str(Character.toString(text.codePointAt(at)));
    }

    /** {@code value[start:stop:step]}; None stands for an omitted bound. */
    public static Value slice(Budget budget, Value value, Value start, Value stop, Value step) {
        value.checkDefined();
        long stride = step == Value.None.NONE ? 1 : bound(step);
        if (stride == 0) {
            throw Failure.value("slice step cannot be zero");
        }
        int length = length(budget, value);
        boolean forward = stride > 0;
        long low = forward ? 0 : -1;
        long high = forward ? length : length - 1L;
        long from = clip(start, length, forward ? low : high, low, high);
        long to = clip(stop, length, forward ? high : low, low, high);
        if (value instanceof Value.Str str) {
            return new Value.Str(slice(budget, str.text(), length, from, to, stride));
        }
        if (value instanceof Value.Range range) {
            return range.slice(from, to, stride);
        }
        if (!(value instanceof Value.Seq sequence)) {
            throw Failure.type("'%s' object is not subscriptable", value.typeName());
        }
        List<Value> chosen = new ArrayList<>();
        for (long i = from; forward ? i < to : i > to; i += stride) {
            budget.items(1);
            chosen.add(sequence.items().get((int) i));
        }
        return sequence.with(chosen);
    }

    private static String slice(
            Budget budget, String text, int length, long from, long to, long stride) {
        if (stride == 1) {
            budget.text(Math.max(0, to - from));
            int begin = text.offsetByCodePoints(0, (int) from);
            return from >= to
                    ? ""
                    : text.substring(begin, text.offsetByCodePoints(begin, (int) (to - from)));
        }
        budget.text(length);
        int[] characters = text.codePoints().toArray();
        StringBuilder chosen = new StringBuilder();
        for (long i = from; stride > 0 ? i < to : i > to; i += stride) {
            chosen.appendCodePoint(characters[(int) i]);
        }
        return chosen.toString();
    }

    private static long bound(Value value) {
        if (value instanceof Value.Undefined || Numbers.isInteger(value)) {
            return Numbers.index(value);
        }
        throw Failure.type("slice indices must be integers or None or have an __index__ method");
    }

    /** The position that a bound of a slice stands for, within the limits; otherwise for None. */
    public static long clip(Value bound, int length, long otherwise, long low, long high) {
        if (bound == Value.None.NONE) {
            return otherwise;
        }
        long position = bound(bound);
        return Math.max(low, Math.min(high, position < 0 ? position + length : position));
    }
}
