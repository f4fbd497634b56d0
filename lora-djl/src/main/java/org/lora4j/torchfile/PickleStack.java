/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.torchfile;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.ToIntFunction;
import org.jspecify.annotations.Nullable;

/**
 * The stack, the marks and the memo of a pickle that is decoded. How many values a pickle can make,
 * and how deep they can nest, is bounded. Not thread-safe.
 *
 * @param <V> the values
 */
public final class PickleStack<V> {
    private final int mostValues;
    private final int deepest;
    private final ToIntFunction<V> depth;
    private final List<V> stack = new ArrayList<>();
    private final List<Integer> marks = new ArrayList<>();
    private final Map<Long, V> memo = new HashMap<>();
    private int values;

    /**
     * Creates an empty stack.
     *
     * @param mostValues how many values may be made
     * @param deepest how many levels deep values, and marks, may nest
     * @param depth returns the levels of a value
     */
    public PickleStack(int mostValues, int deepest, ToIntFunction<V> depth) {
        this.mostValues = mostValues;
        this.deepest = deepest;
        this.depth = depth;
    }

    /** Counts a value and puts it on top. */
    public void push(V value) throws PickleException {
        count();
        requireShallow(depth.applyAsInt(value));
        stack.add(value);
    }

    /**
     * Counts a value: what a file can make its reader hold or do is in proportion to its length.
     */
    void count() throws PickleException {
        if (++values > mostValues) {
            throw new PickleException("the pickle has more than %s values", mostValues);
        }
    }

    /** Refuses a value that nests too deep. */
    public void requireShallow(int levels) throws PickleException {
        if (levels > deepest) {
            throw new PickleException("the pickle nests deeper than %s levels", deepest);
        }
    }

    /** Sets a mark above the values made so far. */
    public void mark() throws PickleException {
        requireShallow(marks.size() + 1);
        marks.add(stack.size());
    }

    /** Removes and returns the last values, in the order in which they were made. */
    public List<V> take(int count) throws PickleException {
        if (stack.size() - floor() < count) {
            throw new PickleException("the pickle takes more values than it made");
        }
        return cut(stack.size() - count);
    }

    /** Removes and returns the values above the last mark, and removes the mark. */
    public List<V> takeToMark() throws PickleException {
        if (marks.isEmpty()) {
            throw new PickleException("the pickle goes back to a mark that it never set");
        }
        return cut(marks.remove(marks.size() - 1));
    }

    private List<V> cut(int from) {
        List<V> tail = stack.subList(from, stack.size());
        List<V> copy = List.copyOf(tail);
        tail.clear();
        return copy;
    }

    private int floor() {
        return marks.isEmpty() ? 0 : marks.get(marks.size() - 1);
    }

    /** Returns the last value made since the last mark, or null. */
    public @Nullable V top() {
        return stack.size() > floor() ? last() : null;
    }

    /** Returns the last value, whatever mark stands above it, or null. */
    @Nullable V last() {
        return stack.isEmpty() ? null : stack.get(stack.size() - 1);
    }

    /** Keeps a value under a number. */
    public void remember(long key, V value) {
        memo.put(key, value);
    }

    /** Returns how many values are kept. */
    int remembered() {
        return memo.size();
    }

    /** Puts a value that was kept on top. */
    public void recall(long key) throws PickleException {
        V value = memo.get(key);
        if (value == null) {
            throw new PickleException("the pickle uses memo %s, which it never set", key);
        }
        push(value);
    }

    /** Returns the one value that is left at the end. */
    public V result() throws PickleException {
        if (stack.size() != 1 || !marks.isEmpty()) {
            throw new PickleException(
                    "the pickle stops with %s values instead of one", stack.size());
        }
        return stack.get(0);
    }
}
