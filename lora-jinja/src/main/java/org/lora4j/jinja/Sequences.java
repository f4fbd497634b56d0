/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.jinja;

import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Iterating, counting and slicing. */
final class Sequences {
    private Sequences() {}

    static boolean isIterable(Value value) {
        return value instanceof StrValue
                || value instanceof DictValue
                || value instanceof IteratorValue
                || value instanceof Undefined
                || items(value) != null;
    }

    /** The items of a value that holds them in order, or null. */
    static @Nullable List<Value> items(Value value) {
        if (value instanceof ListValue list) {
            return list.items();
        }
        if (value instanceof TupleValue tuple) {
            return tuple.items();
        }
        if (value instanceof ViewValue view) {
            return view.items();
        }
        return value instanceof RangeValue range ? range.items() : null;
    }

    /** What Python's {@code iter(value)} visits: keys of a dict, characters of a text. */
    static Iterator<Value> iterator(Execution run, Value value) {
        if (value instanceof IteratorValue iterator) {
            return iterator.rest();
        }
        return list(run, value).iterator();
    }

    /** All items, read once. */
    static List<Value> list(Execution run, Value value) {
        List<Value> items = items(value);
        if (items != null) {
            run.budget().steps(items.size());
            return items;
        }
        if (value instanceof Undefined) {
            return List.of();
        }
        if (value instanceof DictValue dict) {
            run.budget().steps(dict.size());
            return dict.keys();
        }
        if (value instanceof StrValue str) {
            return characters(run, str.text());
        }
        if (value instanceof IteratorValue iterator) {
            List<Value> read = new ArrayList<>();
            while (iterator.rest().hasNext()) {
                run.budget().items(1);
                read.add(iterator.rest().next());
            }
            return read;
        }
        throw Failure.type("'" + value.typeName() + "' object is not iterable");
    }

    private static List<Value> characters(Execution run, String text) {
        run.budget().values(text.length());
        List<Value> characters = new ArrayList<>(text.length());
        text.codePoints().forEach(c -> characters.add(new StrValue(Character.toString(c))));
        return characters;
    }

    /** Python's {@code len(value)}. */
    static int length(Execution run, Value value) {
        if (value instanceof StrValue str) {
            run.budget().scan(str.text().length());
            return str.text().codePointCount(0, str.text().length());
        }
        if (value instanceof DictValue dict) {
            return dict.size();
        }
        if (value instanceof Undefined) {
            return 0;
        }
        List<Value> items = items(value);
        if (items == null) {
            throw Failure.type("object of type '" + value.typeName() + "' has no len()");
        }
        return items.size();
    }

    /** The item at a position counted from the end if negative, or null beyond the ends. */
    static @Nullable Value at(Execution run, Value value, long index) {
        if (value instanceof StrValue str) {
            int length = length(run, value);
            long position = index < 0 ? index + length : index;
            return position < 0 || position >= length
                    ? null
                    : new StrValue(
                            Character.toString(
                                    str.text()
                                            .codePointAt(
                                                    str.text()
                                                            .offsetByCodePoints(
                                                                    0, (int) position))));
        }
        List<Value> items = items(value);
        if (items == null || value instanceof ViewValue) {
            return null;
        }
        long position = index < 0 ? index + items.size() : index;
        return position < 0 || position >= items.size() ? null : items.get((int) position);
    }

    /** {@code value[start:stop:step]}; None stands for an omitted bound. */
    static Value slice(Execution run, Value value, Value start, Value stop, Value step) {
        long stride = step == None.NONE ? 1 : bound(step);
        if (stride == 0) {
            throw Failure.value("slice step cannot be zero");
        }
        int length = length(run, value);
        long low = stride > 0 ? 0 : -1;
        long high = stride > 0 ? length : length - 1L;
        long from = clip(start, length, stride > 0 ? low : high, low, high);
        long to = clip(stop, length, stride > 0 ? high : low, low, high);
        if (value instanceof StrValue str) {
            return new StrValue(slice(run, str.text(), length, from, to, stride));
        }
        if (value instanceof RangeValue range) {
            return range.slice(from, to, stride);
        }
        List<Value> items = items(value);
        if (items == null || value instanceof ViewValue) {
            throw Failure.type("'" + value.typeName() + "' object is not subscriptable");
        }
        List<Value> chosen = new ArrayList<>();
        for (long i = from; stride > 0 ? i < to : i > to; i += stride) {
            run.budget().items(1);
            chosen.add(items.get((int) i));
        }
        return value instanceof TupleValue ? new TupleValue(chosen) : new ListValue(chosen);
    }

    private static String slice(
            Execution run, String text, int length, long from, long to, long stride) {
        if (stride == 1) {
            if (from >= to) {
                return "";
            }
            run.budget().text(to - from);
            int begin = text.offsetByCodePoints(0, (int) from);
            return text.substring(begin, text.offsetByCodePoints(begin, (int) (to - from)));
        }
        run.budget().text(length);
        int[] characters = text.codePoints().toArray();
        StringBuilder chosen = new StringBuilder();
        for (long i = from; stride > 0 ? i < to : i > to; i += stride) {
            chosen.appendCodePoint(characters[(int) i]);
        }
        return chosen.toString();
    }

    private static long bound(Value value) {
        if (value instanceof Undefined || Numbers.isInteger(value)) {
            return Numbers.index(value);
        }
        throw Failure.type("slice indices must be integers or None or have an __index__ method");
    }

    private static long clip(Value bound, int length, long otherwise, long low, long high) {
        if (bound == None.NONE) {
            return otherwise;
        }
        long position = bound(bound);
        if (position < 0) {
            position += length;
        }
        return Math.max(low, Math.min(high, position));
    }
}
