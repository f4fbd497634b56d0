/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.jinja;

import java.util.List;
import org.jspecify.annotations.Nullable;

/** The methods of list and tuple. */
final class ListMethods {
    private ListMethods() {}

    static FunctionValue.@Nullable Body find(Value sequence, String name) {
        List<Value> items = Sequences.items(sequence);
        if (items == null) {
            return null;
        }
        return switch (name) {
            case "index" -> (run, arguments) -> index(run, items, arguments);
            case "count" -> (run, arguments) -> count(run, items, arguments);
            case "copy" -> sequence instanceof ListValue ? (run, arguments) -> sequence : null;
            case "append", "extend", "insert", "pop", "remove", "clear", "sort", "reverse" ->
                    sequence instanceof ListValue ? DictMethods.unsafe("list", name) : null;
            default -> null;
        };
    }

    private static Value index(Execution run, List<Value> items, Arguments arguments) {
        Value wanted = arguments.require(0, "value");
        for (int i = 0; i < items.size(); i++) {
            if (Comparison.equal(run, items.get(i), wanted)) {
                return IntValue.of(i);
            }
        }
        throw Failure.value("value is not in list");
    }

    private static Value count(Execution run, List<Value> items, Arguments arguments) {
        Value wanted = arguments.require(0, "value");
        long count = 0;
        for (Value item : items) {
            count += Comparison.equal(run, item, wanted) ? 1 : 0;
        }
        return IntValue.of(count);
    }
}
