/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.jinja;

import java.util.ArrayList;
import java.util.Collections;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/** The filters that order, count and divide the items of a sequence. */
final class SequenceFilters {
    private SequenceFilters() {}

    static void addTo(Map<String, Filters.Filter> filters) {
        Filters.Filter length =
                (run, value, arguments) -> IntValue.of(Sequences.length(run, value));
        filters.put("length", length);
        filters.put("count", length);
        filters.put(
                "list",
                (run, value, arguments) ->
                        new ListValue(new ArrayList<>(Sequences.list(run, value))));
        filters.put("first", (run, value, arguments) -> end(run, value, true));
        filters.put("last", (run, value, arguments) -> end(run, value, false));
        filters.put("reverse", (run, value, arguments) -> reverse(run, value));
        filters.put("sort", SequenceFilters::sort);
        filters.put("dictsort", SequenceFilters::dictsort);
        filters.put("items", (run, value, arguments) -> items(run, value));
        filters.put("sum", SequenceFilters::sum);
        filters.put("min", (run, value, arguments) -> extreme(run, value, arguments, -1));
        filters.put("max", (run, value, arguments) -> extreme(run, value, arguments, 1));
        filters.put("batch", SequenceFilters::batch);
        filters.put("slice", SequenceFilters::slice);
    }

    private static Value end(Execution run, Value value, boolean first) {
        if (first && value instanceof IteratorValue iterator) {
            return iterator.rest().hasNext() ? iterator.rest().next() : empty("first");
        }
        if (!first && value instanceof IteratorValue iterator) {
            throw Failure.type("'" + iterator.typeName() + "' object is not reversible");
        }
        List<Value> items = Sequences.list(run, value);
        if (items.isEmpty()) {
            return empty(first ? "first" : "last");
        }
        return items.get(first ? 0 : items.size() - 1);
    }

    private static Value empty(String which) {
        return new Undefined("No " + which + " item, sequence was empty.");
    }

    private static Value reverse(Execution run, Value value) {
        if (value instanceof StrValue str) {
            run.budget().text(str.text().length());
            return new StrValue(new StringBuilder(str.text()).reverse().toString());
        }
        List<Value> items = new ArrayList<>(Sequences.list(run, value));
        Collections.reverse(items);
        // Of a generator Jinja makes a list first.
        return value instanceof IteratorValue
                ? new ListValue(items)
                : new IteratorValue("list_reverseiterator", items.iterator());
    }

    static Value folded(Execution run, Value value, boolean caseSensitive) {
        return !caseSensitive && value instanceof StrValue str
                ? new StrValue(run.budget().made(str.text()).toLowerCase(Locale.ROOT))
                : value;
    }

    private static Value sort(Execution run, Value value, Arguments arguments) {
        arguments.only("reverse", "case_sensitive", "attribute");
        boolean sensitive = arguments.get(1, "case_sensitive", BoolValue.FALSE).truth();
        Value attribute = arguments.get(2, "attribute", None.NONE);
        List<Value> paths = new ArrayList<>();
        if (attribute instanceof StrValue text) {
            for (String path : text.text().split(",", -1)) {
                paths.add(new StrValue(path));
            }
        } else {
            paths.add(attribute);
        }
        List<Keyed> keyed = new ArrayList<>();
        for (Value item : Sequences.list(run, value)) {
            List<Value> key = new ArrayList<>();
            for (Value path : paths) {
                key.add(folded(run, Access.path(run, item, path), sensitive));
            }
            keyed.add(new Keyed(new ListValue(key), item));
        }
        return sorted(run, keyed, arguments.get(0, "reverse", BoolValue.FALSE).truth());
    }

    /** An item and what it is ordered by. */
    private record Keyed(Value key, Value item) {}

    private static Value sorted(Execution run, List<Keyed> keyed, boolean reverse) {
        Comparator<Keyed> order = (a, b) -> Comparison.order(run, a.key(), b.key(), "<");
        keyed.sort(reverse ? order.reversed() : order);
        List<Value> items = new ArrayList<>(keyed.size());
        keyed.forEach(entry -> items.add(entry.item()));
        return new ListValue(items);
    }

    private static Value dictsort(Execution run, Value value, Arguments arguments) {
        arguments.only("case_sensitive", "by", "reverse");
        boolean sensitive = arguments.get(0, "case_sensitive", BoolValue.FALSE).truth();
        String by = Printer.str(run, arguments.get(1, "by", new StrValue("key")));
        if (!by.equals("key") && !by.equals("value")) {
            throw Failure.of(
                    "FilterArgumentError", "You can only sort by either \"key\" or \"value\"");
        }
        if (!(value instanceof DictValue dict)) {
            throw value instanceof Undefined missing
                    ? missing.failure()
                    : Failure.of(
                            "AttributeError",
                            "'" + value.typeName() + "' object has no attribute 'items'");
        }
        List<Keyed> keyed = new ArrayList<>();
        for (DictValue.Entry entry : dict.entries()) {
            Value key = by.equals("key") ? entry.key() : entry.value();
            keyed.add(
                    new Keyed(
                            folded(run, key, sensitive),
                            TupleValue.of(entry.key(), entry.value())));
        }
        return sorted(run, keyed, arguments.get(2, "reverse", BoolValue.FALSE).truth());
    }

    private static Value items(Execution run, Value value) {
        if (value instanceof Undefined) {
            return IteratorValue.generator(List.<Value>of().iterator());
        }
        if (!(value instanceof DictValue dict)) {
            throw Failure.type("Can only get item pairs from a mapping.");
        }
        return IteratorValue.generator(DictMethods.pairs(run, dict).iterator());
    }

    private static Value sum(Execution run, Value value, Arguments arguments) {
        arguments.only("attribute", "start");
        Value attribute = arguments.get(0, "attribute", None.NONE);
        Value total = arguments.get(1, "start", IntValue.ZERO);
        if (total instanceof StrValue) {
            throw Failure.type("sum() can't sum strings [use ''.join(seq) instead]");
        }
        for (Value item : Sequences.list(run, value)) {
            total = Arithmetic.add(run, total, Access.path(run, item, attribute));
        }
        return total;
    }

    private static Value extreme(Execution run, Value value, Arguments arguments, int sign) {
        arguments.only("case_sensitive", "attribute");
        boolean sensitive = arguments.get(0, "case_sensitive", BoolValue.FALSE).truth();
        Value attribute = arguments.get(1, "attribute", None.NONE);
        List<Value> items = Sequences.list(run, value);
        if (items.isEmpty()) {
            return new Undefined("No aggregated item, sequence was empty.");
        }
        Value best = items.get(0);
        Value bestKey = folded(run, Access.path(run, best, attribute), sensitive);
        for (Value item : items.subList(1, items.size())) {
            Value key = folded(run, Access.path(run, item, attribute), sensitive);
            if (Comparison.order(run, key, bestKey, sign < 0 ? "<" : ">") * sign > 0) {
                best = item;
                bestKey = key;
            }
        }
        return best;
    }

    private static Value batch(Execution run, Value value, Arguments arguments) {
        arguments.only("linecount", "fill_with");
        long size = Numbers.index(arguments.require(0, "linecount"));
        Value fill = arguments.get(1, "fill_with", None.NONE);
        List<Value> rows = new ArrayList<>();
        List<Value> row = new ArrayList<>();
        for (Value item : Sequences.list(run, value)) {
            if (row.size() == size) {
                rows.add(new ListValue(row));
                row = new ArrayList<>();
            }
            row.add(item);
        }
        if (!row.isEmpty()) {
            while (fill != None.NONE && row.size() < size) {
                run.budget().items(1);
                row.add(fill);
            }
            rows.add(new ListValue(row));
        }
        return IteratorValue.generator(rows.iterator());
    }

    private static Value slice(Execution run, Value value, Arguments arguments) {
        arguments.only("slices", "fill_with");
        long slices = Numbers.index(arguments.require(0, "slices"));
        Value fill = arguments.get(1, "fill_with", None.NONE);
        if (slices == 0) {
            throw Failure.of("ZeroDivisionError", "integer division or modulo by zero");
        }
        List<Value> items = Sequences.list(run, value);
        long each = items.size() / slices;
        long extra = items.size() % slices;
        List<Value> parts = new ArrayList<>();
        int from = 0;
        for (long i = 0; i < slices; i++) {
            run.budget().values(1);
            int to = (int) (from + each + (i < extra ? 1 : 0));
            List<Value> part = new ArrayList<>(items.subList(from, to));
            if (fill != None.NONE && i >= extra) {
                part.add(fill);
            }
            parts.add(new ListValue(part));
            from = to;
        }
        return IteratorValue.generator(parts.iterator());
    }
}
