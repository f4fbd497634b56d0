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
import java.util.Set;
import java.util.function.Predicate;
import java.util.function.UnaryOperator;
import java.util.stream.Stream;
import org.lora4j.jinja.python.Arguments;
import org.lora4j.jinja.python.Arithmetic;
import org.lora4j.jinja.python.Budget;
import org.lora4j.jinja.python.Comparison;
import org.lora4j.jinja.python.Failure;
import org.lora4j.jinja.python.Printer;
import org.lora4j.jinja.python.Sequences;
import org.lora4j.jinja.python.Texts;
import org.lora4j.jinja.python.Value;

/** The filters of sequences: they order, count, divide, pick and change items. */
final class SequenceFilters {
    /** An item and what it is ordered by. */
    private record Keyed(Value key, Value item) {}

    private SequenceFilters() {}

    static void addTo(Builtins all) {
        all.add("length|count", call -> Value.Int.of(Sequences.length(call.budget(), call.self())));
        all.add("list", call -> Value.Seq.list(new ArrayList<>(call.items())));
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

    /** The item's attribute, or a default where it has none and the default is not None. */
    private static Value attribute(Budget budget, Value item, Value path, Value otherwise) {
        Value found = Access.path(budget, item, path);
        return found instanceof Value.Undefined && otherwise != Value.None.NONE ? otherwise : found;
    }

    /** A value as it is compared: in lower case unless that argument asks for the case. */
    private static Value folded(Call call, Value value, int caseSensitive) {
        return value instanceof Value.Str str && !call.truth(caseSensitive)
                ? new Value.Str(Texts.lower(call.budget(), str.text()))
                : value;
    }

    /** Sorts items by keys. */
    private static Value sorted(
            Call call, List<Value> items, UnaryOperator<Value> key, boolean reverse) {
        List<Keyed> keyed = keyed(items, key);
        Comparator<Keyed> order = order(call);
        keyed.sort(reverse ? order.reversed() : order);
        return Value.Seq.list(keyed.stream().map(Keyed::item).toList());
    }

    private static List<Keyed> keyed(List<Value> items, UnaryOperator<Value> key) {
        List<Keyed> keyed = new ArrayList<>(items.size());
        items.forEach(item -> keyed.add(new Keyed(key.apply(item), item)));
        return keyed;
    }

    private static Comparator<Keyed> order(Call call) {
        return (a, b) -> Comparison.order(call.budget(), a.key(), b.key(), "<");
    }

    private static Value first(Call call) {
        if (call.self() instanceof Value.Iter iterator && iterator.rest().hasNext()) {
            return iterator.rest().next();
        }
        List<Value> items = call.items();
        return items.isEmpty() ? empty("No first item") : items.get(0);
    }

    private static Value last(Call call) {
        if (call.self() instanceof Value.Iter iterator) {
            throw Failure.type("'%s' object is not reversible", iterator.typeName());
        }
        List<Value> items = call.items();
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
        List<Value> items = new ArrayList<>(call.items());
        Collections.reverse(items);
        // Of a generator Jinja makes a list first.
        return call.self() instanceof Value.Iter
                ? Value.Seq.list(items)
                : new Value.Iter("list_reverseiterator", items.iterator());
    }

    private static Value sort(Call call) {
        List<Value> paths =
                call.get(2) instanceof Value.Str text
                        ? Stream.of(text.text().split(",", -1)).<Value>map(Value.Str::new).toList()
                        : List.of(call.get(2));
        UnaryOperator<Value> key =
                item -> {
                    List<Value> keys = new ArrayList<>();
                    for (Value path : paths) {
                        keys.add(folded(call, Access.path(call.budget(), item, path), 1));
                    }
                    return Value.Seq.list(keys);
                };
        return sorted(call, call.items(), key, call.truth(0));
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
        int part = by.equals("key") ? 0 : 1;
        UnaryOperator<Value> key = pair -> folded(call, ((Value.Seq) pair).items().get(part), 0);
        return sorted(call, Methods.pairs(call.budget(), dict), key, call.truth(2));
    }

    private static Value groupby(Call call) {
        UnaryOperator<Value> name =
                item -> attribute(call.budget(), item, call.get(0), call.get(1));
        List<Keyed> items = keyed(call.items(), item -> folded(call, name.apply(item), 2));
        items.sort(order(call));
        List<Value> groups = new ArrayList<>();
        int from = 0;
        for (int to = 1; to <= items.size(); to++) {
            Keyed first = items.get(from);
            if (to == items.size()
                    || !Comparison.equal(call.budget(), first.key(), items.get(to).key())) {
                List<Value> group = items.subList(from, to).stream().map(Keyed::item).toList();
                groups.add(Value.Seq.tuple(name.apply(first.item()), Value.Seq.list(group)));
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
        for (Value item : call.items()) {
            total = Arithmetic.apply(call.budget(), "+", total, call.path(item, 0));
        }
        return total;
    }

    private static Value extreme(Call call, String operator) {
        Value best = empty("No aggregated item");
        Value bestKey = null;
        for (Value item : call.items()) {
            Value key = folded(call, call.path(item, 1), 0);
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
        for (Value item : call.items()) {
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
        List<Value> items = call.items();
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
            List<Value> given = call.given().positional();
            if (given.size() < offset) {
                throw Failure.of("FilterArgumentError", "Missing parameter for attribute name");
            }
            Value attribute = offset == 0 ? Value.None.NONE : given.get(0);
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
        if (!call.self().truth()) {
            return Value.Iter.generator(List.of());
        }
        Budget budget = call.budget();
        Arguments given = call.given();
        Value attribute = given.named().get("attribute");
        UnaryOperator<Value> change;
        if (!given.positional().isEmpty()) {
            String filter = Printer.str(budget, given.positional().get(0));
            Arguments rest = given.from(1);
            change = item -> Filters.apply(budget, filter, item, rest);
        } else if (attribute != null) {
            Value otherwise = given.named().getOrDefault("default", Value.None.NONE);
            change = item -> attribute(budget, item, attribute, otherwise);
        } else {
            throw Failure.of("FilterArgumentError", "map requires a filter argument");
        }
        return Value.Iter.generator(call.items().stream().map(change).toList());
    }

    private static Value unique(Call call) {
        Set<Value> seen = new HashSet<>();
        List<Value> unique = new ArrayList<>();
        for (Value item : call.items()) {
            Value key = folded(call, call.path(item, 1), 0);
            call.budget().key(key);
            if (seen.add(Value.Dict.hashKey(key))) {
                unique.add(item);
            }
        }
        return Value.Iter.generator(unique);
    }
}
