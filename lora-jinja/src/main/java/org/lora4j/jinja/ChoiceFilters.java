/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.jinja;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Predicate;

/** The filters that pick items or change each: select, reject, map, unique and groupby. */
final class ChoiceFilters {
    private ChoiceFilters() {}

    static void addTo(Map<String, Filters.Filter> filters) {
        filters.put("select", (run, value, arguments) -> chosen(run, value, arguments, true, 0));
        filters.put("reject", (run, value, arguments) -> chosen(run, value, arguments, false, 0));
        filters.put(
                "selectattr", (run, value, arguments) -> chosen(run, value, arguments, true, 1));
        filters.put(
                "rejectattr", (run, value, arguments) -> chosen(run, value, arguments, false, 1));
        filters.put("map", ChoiceFilters::map);
        filters.put("unique", ChoiceFilters::unique);
        filters.put("groupby", ChoiceFilters::groupby);
    }

    /** The items whose test, of the attribute that the first offset arguments name, is wanted. */
    private static Value chosen(
            Execution run, Value value, Arguments arguments, boolean wanted, int offset) {
        if (!value.truth()) {
            return IteratorValue.generator(List.<Value>of().iterator());
        }
        Value attribute = offset == 0 ? None.NONE : arguments.require(0, "attribute");
        Predicate<Value> test = predicate(run, arguments.from(offset));
        Iterator<Value> items = Sequences.iterator(run, value);
        List<Value> chosen = new ArrayList<>();
        while (items.hasNext()) {
            run.budget().step();
            Value item = items.next();
            if (test.test(Access.path(run, item, attribute)) == wanted) {
                chosen.add(item);
            }
        }
        return IteratorValue.generator(chosen.iterator());
    }

    private static Predicate<Value> predicate(Execution run, Arguments arguments) {
        if (arguments.positional().isEmpty()) {
            return Value::truth;
        }
        String name = Printer.str(run, arguments.positional().get(0));
        Arguments rest = arguments.from(1);
        return value -> Tests.test(run, name, value, rest);
    }

    private static Value map(Execution run, Value value, Arguments arguments) {
        if (!value.truth()) {
            return IteratorValue.generator(List.<Value>of().iterator());
        }
        Value attribute = arguments.named().get("attribute");
        List<Value> mapped = new ArrayList<>();
        if (arguments.positional().isEmpty() && attribute != null) {
            Value otherwise = arguments.get(0, "default", None.NONE);
            for (Value item : Sequences.list(run, value)) {
                Value found = Access.path(run, item, attribute);
                boolean missing = found instanceof Undefined && otherwise != None.NONE;
                mapped.add(missing ? otherwise : found);
            }
        } else {
            if (arguments.positional().isEmpty()) {
                throw Failure.of("FilterArgumentError", "map requires a filter argument");
            }
            String filter = Printer.str(run, arguments.positional().get(0));
            Arguments rest = arguments.from(1);
            for (Value item : Sequences.list(run, value)) {
                mapped.add(Filters.apply(run, filter, item, rest));
            }
        }
        return IteratorValue.generator(mapped.iterator());
    }

    private static Value unique(Execution run, Value value, Arguments arguments) {
        arguments.only("case_sensitive", "attribute");
        boolean sensitive = arguments.get(0, "case_sensitive", BoolValue.FALSE).truth();
        Value attribute = arguments.get(1, "attribute", None.NONE);
        Set<Value> seen = new HashSet<>();
        List<Value> unique = new ArrayList<>();
        for (Value item : Sequences.list(run, value)) {
            Value key = Access.path(run, item, attribute);
            run.budget().key(key);
            if (seen.add(HashKey.of(SequenceFilters.folded(run, key, sensitive)))) {
                unique.add(item);
            }
        }
        return IteratorValue.generator(unique.iterator());
    }

    /** An item, the value it is grouped by, and that value as keys are compared. */
    private record Grouped(Value item, Value name, Value key) {}

    private static Value groupby(Execution run, Value value, Arguments arguments) {
        arguments.only("attribute", "default", "case_sensitive");
        Value attribute = arguments.require(0, "attribute");
        Value otherwise = arguments.get(1, "default", None.NONE);
        boolean sensitive = arguments.get(2, "case_sensitive", BoolValue.FALSE).truth();
        List<Grouped> items = new ArrayList<>();
        for (Value item : Sequences.list(run, value)) {
            Value found = Access.path(run, item, attribute);
            boolean missing = found instanceof Undefined && otherwise != None.NONE;
            Value name = missing ? otherwise : found;
            items.add(new Grouped(item, name, SequenceFilters.folded(run, name, sensitive)));
        }
        items.sort((a, b) -> Comparison.order(run, a.key(), b.key(), "<"));
        List<Value> groups = new ArrayList<>();
        int from = 0;
        for (int to = 1; to <= items.size(); to++) {
            Grouped first = items.get(from);
            if (to == items.size() || !Comparison.equal(run, first.key(), items.get(to).key())) {
                List<Value> members = new ArrayList<>();
                items.subList(from, to).forEach(grouped -> members.add(grouped.item()));
                groups.add(TupleValue.of(first.name(), new ListValue(members)));
                from = to;
            }
        }
        return new ListValue(groups);
    }
}
