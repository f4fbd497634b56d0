/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.jinja;

import java.util.AbstractList;
import java.util.List;

/** Python's range: start, start + step, ... of a length. */
record RangeValue(long start, long stop, long step, int length) implements Value {
    /** The most items that Jinja's sandbox allows. */
    private static final int MAX = 100_000;

    /** The range from start up to and without stop. */
    static RangeValue of(long start, long stop, long step) {
        if (step == 0) {
            throw Failure.value("range() arg 3 must not be zero");
        }
        double count = Math.ceil(((double) stop - start) / step);
        if (count > MAX) {
            throw Failure.of(
                    "OverflowError",
                    "Range too big. The sandbox blocks ranges larger than MAX_RANGE ("
                            + MAX
                            + ").");
        }
        return new RangeValue(start, stop, step, (int) Math.max(0, count));
    }

    /** The range of every stride-th item from a position on, up to and without another. */
    RangeValue slice(long from, long to, long stride) {
        return of(start + from * step, start + to * step, step * stride);
    }

    List<Value> items() {
        return new AbstractList<>() {
            @Override
            public Value get(int index) {
                return IntValue.of(start + index * step);
            }

            @Override
            public int size() {
                return length;
            }
        };
    }

    @Override
    public String typeName() {
        return "range";
    }

    @Override
    public boolean truth() {
        return length > 0;
    }
}
