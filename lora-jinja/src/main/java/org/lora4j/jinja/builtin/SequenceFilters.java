/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.jinja.builtin;

import java.util.ArrayList;
import java.util.Collections;
import java.util.Comparator;
import java.util.HashSet;
import java.util.Iterator;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.function.Predicate;
import org.lora4j.jinja.python.Arguments;
import org.lora4j.jinja.python.Arithmetic;
import org.lora4j.jinja.python.Budget;
import org.lora4j.jinja.python.Comparison;
import org.lora4j.jinja.python.Failure;
import org.lora4j.jinja.python.Printer;
import org.lora4j.jinja.python.Sequences;
import org.lora4j.jinja.python.Value;

/** The filters of sequences: they order, count, divide, pick and change items. */
final class SequenceFilters {
    /** An item and what it is ordered by. */
    private record Keyed(Value key, Value item) {}

    private SequenceFilters() {}

    static void addTo(Builtins all) {
        all.add("length|count", call -> Value.Int.of(Sequences.length(call.budget(), call.self())));
        all.add("list", call -> Value.Seq.list(new ArrayList<>(items(call))));
        all.add("first", SequenceFilters::first);
        all.add("last", SequenceFilters::last);
        all.add("reverse", SequenceFilters::reverse);
        all.add("sort reverse=False case_sensitive=False attribute=None", SequenceFilters::sort);
        all.add("dictsort case_sensitive=False by='key' reverse=False", SequenceFilters::dictsort);
        all.add("groupby attribute default=None case_sensitive=False", SequenceFilters::groupby);
        all.add("items", SequenceFilters::pairs);
        all.add("sum attribute=None start=0", SequenceFilters::sum);
        all.add("min case_sensitive=False attribute=None", call -> extreme(call, "<"));
        all.add("max case_sensitive=False attribute=None", call -> extreme(call, ">"));
        all.add("batch linecount fill_with=None", SequenceFilters::batch);
        all.add("slice slices fill_with=None", SequenceFilters::slice);
        all.add("select *", call -> chosen(call, 0, true));
        all.add("reject *", call -> chosen(call, 0, false));
        all.add("selectattr *", call -> chosen(call, 1, true));
        all.add("rejectattr *", call -> chosen(call, 1, false));
        all.add("map *", SequenceFilters::map);
        all.add("unique case_sensitive=False attribute=None", SequenceFilters::unique);
    }

    private static List<Value> items(Call call) {
        return Sequences.list(call.budget(), call.self());
    }

    /** The item's attribute, or another value where it has none and that is given. */
    static Value attribute(Budget budget, Value item, Value path, Value otherwise) {
        Value found = Access.path(budget, item, path);
        return found instanceof Value.Undefined && otherwise != Value.None.NONE ? otherwise : found;
    }

    static Value folded(Budget budget, Value value, boolean caseSensitive) {
        return !caseSensitive && value instanceof Value.Str str
                ? new Value.Str(budget.made(str.text()).toLowerCase(Locale.ROOT))
                : value;
    }

    private static Value first(Call call) {
        if (call.self() instanceof Value.Iter iterator && iterator.rest().hasNext()) {
            return iterator.rest().next();
        }
        List<Value> items = items(call);
        return items.isEmpty() ? empty("No first item") : items.get(0);
    }

    private static Value last(Call call) {
        if (call.self() instanceof Value.Iter iterator) {
            throw Failure.type("'" + iterator.typeName() + "' object is not reversible");
        }
        List<Value> items = items(call);
        return items.isEmpty() ? empty("No last item") : items.get(items.size() - 1);
    }

    private static Value empty(String what) {
        return new Value.Undefined(what + ", sequence was empty.");
    }

    private static Value reverse(Call call) {
        if (call.self() instanceof Value.Str str) {
            call.budget().text(str.text().length());
            return new Value.Str(new StringBuilder(str.text()).reverse().toString());
        }
        List<Value> items = new ArrayList<>(items(call));
        Collections.reverse(items);
        // Of a generator Jinja makes a list first.
        return call.self() instanceof Value.Iter
                ? Value.Seq.list(items)
                : new Value.Iter("list_reverseiterator", items.iterator());
    }

    private static Value sort(Call call) {
        List<Value> paths = new ArrayList<>();
        if (call.get(2) instanceof Value.Str text) {
            for (String path : text.text().split(",", -1)) {
                paths.add(new Value.Str(path));
            }
        } else {
            paths.add(call.get(2));
        }
        List<Keyed> keyed = new ArrayList<>();
        for (Value item : items(call)) {
            List<Value> key = new ArrayList<>();
            for (Value path : paths) {
                Value found = Access.path(call.budget(), item, path);
                key.add(folded(call.budget(), found, call.truth(1)));
            }
            keyed.add(new Keyed(Value.Seq.list(key), item));
        }
        return sorted(call, keyed, call.truth(0));
    }

    private static Value sorted(Call call, List<Keyed> keyed, boolean reverse) {
        Comparator<Keyed> order = (a, b) -> Comparison.order(call.budget(), a.key(), b.key(), "<");
        keyed.sort(reverse ? order.reversed() : order);
        return Value.Seq.list(new ArrayList<>(keyed.stream().map(Keyed::item).toList()));
    }

    private static Value dictsort(Call call) {
        String by = call.printed(1);
        if (!by.equals("key") && !by.equals("value")) {
            throw Failure.of(
                    "FilterArgumentError", "You can only sort by either \"key\" or \"value\"");
        }
        call.self().checkDefined();
        if (!(call.self() instanceof Value.Dict dict)) {
            throw Failure.of(
                    "AttributeError",
                    "'%s' object has no attribute 'items'",
                    call.self().typeName());
        }
        List<Keyed> keyed = new ArrayList<>();
        for (Value.Dict.Entry entry : dict.entries()) {
            Value key = by.equals("key") ? entry.key() : entry.value();
            keyed.add(
                    new Keyed(
                            folded(call.budget(), key, call.truth(0)),
                            Value.Seq.tuple(entry.key(), entry.value())));
        }
        return sorted(call, keyed, call.truth(2));
    }

    /** An item, the value it is grouped by, and that value as keys are compared. */
    private record Grouped(Value item, Value name, Value key) {}

    private static Value groupby(Call call) {
        Budget budget = call.budget();
        List<Grouped> items = new ArrayList<>();
        for (Value item : items(call)) {
            Value name = attribute(budget, item, call.get(0), call.get(1));
            items.add(new Grouped(item, name, folded(budget, name, call.truth(2))));
        }
        items.sort((a, b) -> Comparison.order(budget, a.key(), b.key(), "<"));
        List<Value> groups = new ArrayList<>();
        int from = 0;
        for (int to = 1; to <= items.size(); to++) {
            Grouped first = items.get(from);
            if (to == items.size() || !Comparison.equal(budget, first.key(), items.get(to).key())) {
                List<Value> members = new ArrayList<>();
                items.subList(from, to).forEach(grouped -> members.add(grouped.item()));
                groups.add(Value.Seq.tuple(first.name(), Value.Seq.list(members)));
                from = to;
            }
        }
        return Value.Seq.list(groups);
    }

    private static Value pairs(Call call) {
        if (call.self() instanceof Value.Undefined) {
            return Value.Iter.generator(List.of());
        }
        if (!(call.self() instanceof Value.Dict dict)) {
            throw Failure.type("Can only get item pairs from a mapping.");
        }
        return Value.Iter.generator(Methods.pairs(call.budget(), dict));
    }

    private static Value sum(Call call) {
        Value total = call.get(1);
        if (total instanceof Value.Str) {
            throw Failure.type("sum() can't sum strings [use ''.join(seq) instead]");
        }
        for (Value item : items(call)) {
            Value part = Access.path(call.budget(), item, call.get(0));
            total = Arithmetic.apply(call.budget(), "+", total, part);
        }
        return total;
    }

    private static Value extreme(Call call, String operator) {
        Value best = empty("No aggregated item");
        Value bestKey = null;
        for (Value item : items(call)) {
            Value found = Access.path(call.budget(), item, call.get(1));
            Value key = folded(call.budget(), found, call.truth(0));
            if (bestKey == null || Comparison.holds(call.budget(), operator, key, bestKey)) {
                best = item;
                bestKey = key;
            }
        }
        return best;
    }

    private static Value batch(Call call) {
        long size = call.index(0);
        List<Value> rows = new ArrayList<>();
        List<Value> row = new ArrayList<>();
        for (Value item : items(call)) {
            if (row.size() == size) {
                rows.add(Value.Seq.list(row));
                row = new ArrayList<>();
            }
            row.add(item);
        }
        if (!row.isEmpty()) {
            while (call.orNull(1) != null && row.size() < size) {
                call.budget().items(1);
                row.add(call.get(1));
            }
            rows.add(Value.Seq.list(row));
        }
        return Value.Iter.generator(rows);
    }

    private static Value slice(Call call) {
        long slices = call.index(0);
        if (slices == 0) {
            throw Failure.of("ZeroDivisionError", "integer division or modulo by zero");
        }
        List<Value> items = items(call);
        long each = items.size() / slices;
        long extra = items.size() % slices;
        List<Value> parts = new ArrayList<>();
        int from = 0;
        for (long i = 0; i < slices; i++) {
            call.budget().values(1);
            int to = (int) (from + each + (i < extra ? 1 : 0));
            List<Value> part = new ArrayList<>(items.subList(from, to));
            if (call.orNull(1) != null && i >= extra) {
                part.add(call.get(1));
            }
            parts.add(Value.Seq.list(part));
            from = to;
        }
        return Value.Iter.generator(parts);
    }

    /** The items whose attribute passes, or fails, the test named after so many arguments. */
    private static Value chosen(Call call, int offset, boolean wanted) {
        Budget budget = call.budget();
        List<Value> chosen = new ArrayList<>();
        if (call.self().truth()) {
            if (call.positional().size() < offset) {
                throw Failure.of("FilterArgumentError", "Missing parameter for attribute name");
            }
            Value attribute = offset == 0 ? Value.None.NONE : call.positional().get(0);
            Predicate<Value> passes = predicate(budget, call.given().from(offset));
            Iterator<Value> items = Sequences.iterator(budget, call.self());
            while (items.hasNext()) {
                budget.step();
                Value item = items.next();
                if (passes.test(Access.path(budget, item, attribute)) == wanted) {
                    chosen.add(item);
                }
            }
        }
        return Value.Iter.generator(chosen);
    }

    private static Predicate<Value> predicate(Budget budget, Arguments test) {
        if (test.positional().isEmpty()) {
            return Value::truth;
        }
        String name = Printer.str(budget, test.positional().get(0));
        Arguments rest = test.from(1);
        return value -> Tests.test(budget, name, value, rest);
    }

    private static Value map(Call call) {
        Budget budget = call.budget();
        List<Value> mapped = new ArrayList<>();
        Value attribute = call.named().get("attribute");
        if (!call.self().truth()) {
            return Value.Iter.generator(mapped);
        }
        if (!call.positional().isEmpty()) {
            String filter = Printer.str(budget, call.positional().get(0));
            Arguments rest = call.given().from(1);
            for (Value item : Sequences.list(budget, call.self())) {
                mapped.add(Filters.apply(budget, filter, item, rest));
            }
        } else if (attribute != null) {
            Value otherwise = call.named().getOrDefault("default", Value.None.NONE);
            for (Value item : Sequences.list(budget, call.self())) {
                mapped.add(SequenceFilters.attribute(budget, item, attribute, otherwise));
            }
        } else {
            throw Failure.of("FilterArgumentError", "map requires a filter argument");
        }
        return Value.Iter.generator(mapped);
    }

    private static Value unique(Call call) {
        Set<Value> seen = new HashSet<>();
        List<Value> unique = new ArrayList<>();
        for (Value item : Sequences.list(call.budget(), call.self())) {
            Value key = Access.path(call.budget(), item, call.get(1));
            call.budget().key(key);
            if (seen.add(
                    Value.Dict.hashKey(
                            SequenceFilters.folded(call.budget(), key, call.truth(0))))) {
                unique.add(item);
            }
        }
        return Value.Iter.generator(unique);
    }
}
