/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.jinja;

import java.util.List;
import org.jspecify.annotations.Nullable;

/** The variable {@code loop} in the body of a for. */
final class LoopValue implements Value {
    private final List<Value> items;
    private final int depth;
    private final FunctionValue.@Nullable Body recurse;
    private int index;
    private @Nullable List<Value> lastChanged;

    /**
     * A loop before its first item.
     *
     * @param items what it runs over
     * @param depth 1 for the outermost of a recursive loop
     * @param recurse what a call of the loop does, null unless it is recursive
     */
    LoopValue(List<Value> items, int depth, FunctionValue.@Nullable Body recurse) {
        this.items = items;
        this.depth = depth;
        this.recurse = recurse;
    }

    void moveTo(int position) {
        index = position;
    }

    int depth() {
        return depth;
    }

    Value call(Execution run, Arguments arguments) {
        if (recurse == null) {
            throw Failure.type(
                    "The loop must have the 'recursive' marker to be called recursively.");
        }
        return recurse.call(run, arguments);
    }

    @Nullable Value attribute(String name) {
        int size = items.size();
        return switch (name) {
            case "index" -> IntValue.of(index + 1L);
            case "index0" -> IntValue.of(index);
            case "revindex" -> IntValue.of(size - (long) index);
            case "revindex0" -> IntValue.of(size - (long) index - 1);
            case "first" -> BoolValue.of(index == 0);
            case "last" -> BoolValue.of(index == size - 1);
            case "length" -> IntValue.of(size);
            case "depth" -> IntValue.of(depth);
            case "depth0" -> IntValue.of(depth - 1L);
            case "previtem" ->
                    index == 0 ? new Undefined("there is no previous item") : items.get(index - 1);
            case "nextitem" ->
                    index == size - 1
                            ? new Undefined("there is no next item")
                            : items.get(index + 1);
            case "cycle" -> new FunctionValue("cycle", this::cycle);
            case "changed" -> new FunctionValue("changed", this::changed);
            default -> null;
        };
    }

    private Value cycle(Execution run, Arguments arguments) {
        List<Value> choices = arguments.positional();
        if (choices.isEmpty()) {
            throw Failure.type("no items for cycling given");
        }
        return choices.get(index % choices.size());
    }

    private Value changed(Execution run, Arguments arguments) {
        List<Value> now = arguments.positional();
        List<Value> last = lastChanged;
        boolean same =
                last != null && Comparison.equal(run, new TupleValue(last), new TupleValue(now));
        lastChanged = now;
        return BoolValue.of(!same);
    }

    @Override
    public String typeName() {
        return "LoopContext";
    }

    @Override
    public boolean truth() {
        return !items.isEmpty();
    }
}
