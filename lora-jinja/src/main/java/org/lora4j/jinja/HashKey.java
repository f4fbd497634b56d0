/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.jinja;

import java.util.ArrayList;
import java.util.List;

/**
 * The key under which a value is found in a dict: equal for values that Python calls equal (1, 1.0
 * and True).
 */
final class HashKey {
    private HashKey() {}

    static Value of(Value value) {
        if (value instanceof StrValue || value instanceof IntValue || value instanceof None) {
            return value;
        }
        if (value instanceof BoolValue bool) {
            return IntValue.of(bool.value() ? 1 : 0);
        }
        if (value instanceof FloatValue number) {
            double x = number.value();
            return x == Math.rint(x) && !Double.isInfinite(x)
                    ? new IntValue(Numbers.whole(x))
                    : value;
        }
        if (value instanceof TupleValue tuple) {
            return flat(tuple);
        }
        if (value instanceof Undefined || value instanceof FunctionValue) {
            return value;
        }
        throw Failure.type("unhashable type: '" + value.typeName() + "'");
    }

    /** Nested tuples are refused: a few shared ones stand for endless work. */
    private static TupleValue flat(TupleValue tuple) {
        List<Value> keys = new ArrayList<>(tuple.items().size());
        for (Value item : tuple.items()) {
            if (item instanceof TupleValue) {
                throw Failure.unsupported("a tuple in a tuple as a key");
            }
            keys.add(of(item));
        }
        return new TupleValue(keys);
    }
}
