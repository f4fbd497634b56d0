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
import org.jspecify.annotations.Nullable;
import org.lora4j.files.Excerpt;
import org.lora4j.torchfile.PickleValue.Bag;
import org.lora4j.torchfile.PickleValue.Dict;
import org.lora4j.torchfile.PickleValue.Function;
import org.lora4j.torchfile.PickleValue.Int;
import org.lora4j.torchfile.PickleValue.Plain;
import org.lora4j.torchfile.PickleValue.Sequence;
import org.lora4j.torchfile.PickleValue.Storage;
import org.lora4j.torchfile.PickleValue.Text;
import org.lora4j.torchfile.PickleValue.Tuple;

/**
 * Runs one pickle of protocol 2 to 4, as far as torch.save uses it. A pickle is a program; this
 * machine has no instruction that could do more than build values, and calls nothing but {@link
 * TensorCalls}. Time and memory are bounded: so many values, so deep, and each in constant time.
 *
 * <p>Follows Lib/pickletools.py of CPython 3.12 and torch/_weights_only_unpickler.py of torch 2.7.
 */
final class PickleMachine {
    /** A state dict takes about 30 for each of its tensors. */
    private static final int MAX_VALUES = 2_000_000;

    private static final int MAX_DEPTH = 100;
    private static final int LONGEST_KEY = 1024;
    private static final int NEWEST_PROTOCOL = 4;

    private final PickleInput in;
    private final List<PickleValue> stack = new ArrayList<>();
    private final List<Integer> marks = new ArrayList<>();
    private final Map<Long, PickleValue> memo = new HashMap<>();
    private final Map<String, Storage> storages = new HashMap<>();
    private int values;

    PickleMachine(PickleInput in) {
        this.in = in;
    }

    /** Runs up to STOP; what follows stays in the input. */
    PickleValue run() throws PickleException {
        while (true) {
            int at = in.position();
            int opcode = in.uint8();
            if (opcode == '.') {
                if (stack.size() != 1 || !marks.isEmpty()) {
                    throw new PickleException(
                            "the pickle stops with %s values instead of one", stack.size());
                }
                return stack.get(0);
            }
            if (!literal(opcode) && !container(opcode) && !object(opcode)) {
                throw new PickleException(
                        "the pickle has opcode 0x%02x at byte %d, which no state dict needs",
                        opcode, at);
            }
        }
    }

    /** The storages that the pickle named, by key. */
    Map<String, Storage> storages() {
        return storages;
    }

    private Storage register(Storage storage) throws PickleException {
        Storage other = storages.putIfAbsent(storage.key(), storage);
        if (other != null
                && (other.dtype() != storage.dtype() || other.elements() != storage.elements())) {
            throw new PickleException(
                    "storage %s is named with two types or sizes", Excerpt.of(storage.key()));
        }
        return storage;
    }

    private boolean literal(int opcode) throws PickleException {
        switch (opcode) {
            case 'N' -> push(Plain.NONE);
            case 0x88 -> push(Plain.TRUE);
            case 0x89 -> push(Plain.FALSE);
            case 'K' -> push(new Int(in.uint8()));
            case 'M' -> push(new Int(in.uint16()));
            case 'J' -> push(new Int(in.int32()));
            case 0x8a -> push(integer(in.integer(in.uint8())));
            case 'G' -> opaque(Double.BYTES);
            case 'X' -> push(new Text(in.text(in.uint32())));
            case 0x8c -> push(new Text(in.text(in.uint8())));
            case 0x8d -> push(new Text(in.text(in.length64())));
            case 'T' -> push(new Text(in.latin1(in.uint32())));
            case 'U' -> push(new Text(in.latin1(in.uint8())));
            case 'B', 0x8b -> opaque(in.uint32());
            case 'C' -> opaque(in.uint8());
            case 0x8e -> opaque(in.length64());
            default -> {
                return false;
            }
        }
        return true;
    }

    private boolean container(int opcode) throws PickleException {
        switch (opcode) {
            case '(' -> {
                requireShallow(marks.size() + 1);
                marks.add(stack.size());
            }
            case ')' -> push(new Tuple(List.of(), 0));
            case 0x85 -> push(Tuple.of(take(1)));
            case 0x86 -> push(Tuple.of(take(2)));
            case 0x87 -> push(Tuple.of(take(3)));
            case 't' -> push(Tuple.of(takeToMark()));
            case ']' -> push(new Sequence());
            case 'l' -> {
                Sequence list = new Sequence();
                list.add(takeToMark());
                push(list);
            }
            case 'a' -> append(take(1));
            case 'e' -> append(takeToMark());
            case '}' -> push(new Dict());
            case 'd' -> {
                List<PickleValue> pairs = takeToMark();
                push(new Dict());
                setItems(pairs);
            }
            case 's' -> setItems(take(2));
            case 'u' -> setItems(takeToMark());
            case 0x8f -> push(new Bag());
            case 0x90 -> {
                takeToMark();
                top(Bag.class, "a set");
            }
            case 0x91 -> {
                takeToMark();
                push(Plain.OPAQUE);
            }
            case '0' -> take(1);
            case '1' -> takeToMark();
            default -> {
                return false;
            }
        }
        return true;
    }

    private boolean object(int opcode) throws PickleException {
        switch (opcode) {
            case 0x80 -> {
                int protocol = in.uint8();
                if (protocol < 2 || protocol > NEWEST_PROTOCOL) {
                    throw new PickleException(
                            "expected a pickle of protocol 2 to 4, found protocol %s", protocol);
                }
            }
            case 0x95 -> in.checkAhead(in.length64());
            case 'c' -> push(PickleGlobals.find(in.line(), in.line()));
            case 0x93 -> {
                List<PickleValue> names = take(2);
                push(PickleGlobals.find(text(names.get(0)), text(names.get(1))));
            }
            case 'Q' -> push(register(TensorCalls.storage(take(1).get(0))));
            case 'R', 0x81 -> {
                List<PickleValue> call = take(2);
                if (!(call.get(1) instanceof Tuple arguments)) {
                    throw new PickleException("the pickle calls with what is no tuple");
                }
                push(call(call.get(0), arguments.items()));
            }
            case 'b' -> {
                // The state of an OrderedDict is its attributes: _metadata, which is not needed.
                take(1);
                top(Dict.class, "an OrderedDict");
            }
            case 'q' -> remember(in.uint8());
            case 'r' -> remember(in.uint32());
            case 0x94 -> remember(memo.size());
            case 'h' -> recall(in.uint8());
            case 'j' -> recall(in.uint32());
            default -> {
                return false;
            }
        }
        return true;
    }

    private PickleValue call(PickleValue function, List<PickleValue> arguments)
            throws PickleException {
        if (function == Function.ORDERED_DICT) {
            Dict dict = new Dict();
            if (arguments.size() == 1 && arguments.get(0) instanceof Sequence pairs) {
                for (PickleValue pair : pairs.items()) {
                    count();
                    List<PickleValue> items = TensorCalls.items(pair);
                    if (items.size() != 2) {
                        throw new PickleException("an OrderedDict is made from what are no pairs");
                    }
                    put(dict, items.get(0), items.get(1));
                }
            }
            return dict;
        }
        return TensorCalls.call(function, arguments);
    }

    /** Passes over bytes that no tensor needs: a float, a long integer, a byte string. */
    private void opaque(long length) throws PickleException {
        in.skip(length);
        push(Plain.OPAQUE);
    }

    private static PickleValue integer(byte[] littleEndian) {
        if (littleEndian.length > Long.BYTES) {
            return Plain.OPAQUE;
        }
        boolean negative = littleEndian.length > 0 && littleEndian[littleEndian.length - 1] < 0;
        long value = negative ? -1 : 0;
        for (int i = littleEndian.length - 1; i >= 0; i--) {
            value = (value << Byte.SIZE) | (littleEndian[i] & 0xff);
        }
        return new Int(value);
    }

    private void push(PickleValue value) throws PickleException {
        count();
        requireShallow(value.depth());
        stack.add(value);
    }

    /** Counts a value made: what a file can make this machine hold or do is in proportion. */
    private void count() throws PickleException {
        if (++values > MAX_VALUES) {
            throw new PickleException("the pickle has more than %s values", MAX_VALUES);
        }
    }

    private void append(List<PickleValue> items) throws PickleException {
        Sequence list = top(Sequence.class, "a list");
        list.add(items);
        requireShallow(list.depth());
    }

    private void setItems(List<PickleValue> pairs) throws PickleException {
        Dict dict = top(Dict.class, "a dict");
        if (pairs.size() % 2 != 0) {
            throw new PickleException("a dict of the pickle has a key without a value");
        }
        for (int i = 0; i < pairs.size(); i += 2) {
            put(dict, pairs.get(i), pairs.get(i + 1));
        }
    }

    private static void put(Dict dict, PickleValue key, PickleValue value) throws PickleException {
        if (key instanceof Text text && text.value().length() > LONGEST_KEY) {
            throw new PickleException(
                    "a key of the pickle has %s characters", text.value().length());
        }
        dict.put(key, value);
        requireShallow(dict.depth());
    }

    private List<PickleValue> take(int count) throws PickleException {
        if (stack.size() - floor() < count) {
            throw new PickleException("the pickle takes more values than it made");
        }
        return cut(stack.size() - count);
    }

    /** Where the values begin that were made since the last mark. */
    private int floor() {
        return marks.isEmpty() ? 0 : marks.get(marks.size() - 1);
    }

    private List<PickleValue> takeToMark() throws PickleException {
        if (marks.isEmpty()) {
            throw new PickleException("the pickle goes back to a mark that it never set");
        }
        return cut(marks.remove(marks.size() - 1));
    }

    private List<PickleValue> cut(int from) {
        List<PickleValue> tail = stack.subList(from, stack.size());
        List<PickleValue> copy = List.copyOf(tail);
        tail.clear();
        return copy;
    }

    private <T extends PickleValue> T top(Class<T> type, String what) throws PickleException {
        PickleValue value = stack.size() > floor() ? stack.get(stack.size() - 1) : null;
        if (!type.isInstance(value)) {
            throw new PickleException("the pickle changes something as if it were %s", what);
        }
        return type.cast(value);
    }

    private void remember(long key) throws PickleException {
        if (stack.isEmpty()) {
            throw new PickleException("the pickle keeps a value that it never made");
        }
        memo.put(key, stack.get(stack.size() - 1));
    }

    private void recall(long key) throws PickleException {
        @Nullable PickleValue value = memo.get(key);
        if (value == null) {
            throw new PickleException("the pickle uses memo %s, which it never set", key);
        }
        push(value);
    }

    private static String text(PickleValue value) throws PickleException {
        if (value instanceof Text text) {
            return text.value();
        }
        throw new PickleException("the pickle names a global by what is no text");
    }

    private static void requireShallow(int depth) throws PickleException {
        if (depth > MAX_DEPTH) {
            throw new PickleException("the pickle nests deeper than %s levels", MAX_DEPTH);
        }
    }
}
