/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.torchfile;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
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
    private final PickleStack<PickleValue> stack =
            new PickleStack<>(MAX_VALUES, MAX_DEPTH, PickleValue::depth);
    private final Map<String, Storage> storages = new HashMap<>();

    PickleMachine(PickleInput in) {
        this.in = in;
    }

    /** Runs up to STOP; what follows stays in the input. */
    PickleValue run() throws PickleException {
        while (true) {
            int at = in.position();
            int opcode = in.uint8();
            if (opcode == '.') {
                return stack.result();
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
            case 'N' -> stack.push(Plain.NONE);
            case 0x88 -> stack.push(Plain.TRUE);
            case 0x89 -> stack.push(Plain.FALSE);
            case 'K' -> stack.push(new Int(in.uint8()));
            case 'M' -> stack.push(new Int(in.uint16()));
            case 'J' -> stack.push(new Int(in.int32()));
            case 0x8a -> stack.push(integer(in.integer(in.uint8())));
            case 'G' -> opaque(Double.BYTES);
            case 'X' -> stack.push(new Text(in.text(in.uint32())));
            case 0x8c -> stack.push(new Text(in.text(in.uint8())));
            case 0x8d -> stack.push(new Text(in.text(in.length64())));
            case 'T' -> stack.push(new Text(in.latin1(in.uint32())));
            case 'U' -> stack.push(new Text(in.latin1(in.uint8())));
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
            case '(' -> stack.mark();
            case ')' -> stack.push(new Tuple(List.of(), 0));
            case 0x85 -> stack.push(Tuple.of(stack.take(1)));
            case 0x86 -> stack.push(Tuple.of(stack.take(2)));
            case 0x87 -> stack.push(Tuple.of(stack.take(3)));
            case 't' -> stack.push(Tuple.of(stack.takeToMark()));
            case ']' -> stack.push(new Sequence());
            case 'l' -> {
                Sequence list = new Sequence();
                list.add(stack.takeToMark());
                stack.push(list);
            }
            case 'a' -> append(stack.take(1));
            case 'e' -> append(stack.takeToMark());
            case '}' -> stack.push(new Dict());
            case 'd' -> {
                List<PickleValue> pairs = stack.takeToMark();
                stack.push(new Dict());
                setItems(pairs);
            }
            case 's' -> setItems(stack.take(2));
            case 'u' -> setItems(stack.takeToMark());
            case 0x8f -> stack.push(new Bag());
            case 0x90 -> {
                stack.takeToMark();
                top(Bag.class, "a set");
            }
            case 0x91 -> {
                stack.takeToMark();
                stack.push(Plain.OPAQUE);
            }
            case '0' -> stack.take(1);
            case '1' -> stack.takeToMark();
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
            case 'c' -> stack.push(PickleGlobals.find(in.line(), in.line()));
            case 0x93 -> {
                List<PickleValue> names = stack.take(2);
                stack.push(PickleGlobals.find(text(names.get(0)), text(names.get(1))));
            }
            case 'Q' -> stack.push(register(TensorCalls.storage(stack.take(1).get(0))));
            case 'R', 0x81 -> {
                List<PickleValue> call = stack.take(2);
                if (!(call.get(1) instanceof Tuple arguments)) {
                    throw new PickleException("the pickle calls with what is no tuple");
                }
                stack.push(call(call.get(0), arguments.items()));
            }
            case 'b' -> {
                // The state of an OrderedDict is its attributes: _metadata, which is not needed.
                stack.take(1);
                top(Dict.class, "an OrderedDict");
            }
            case 'q' -> remember(in.uint8());
            case 'r' -> remember(in.uint32());
            case 0x94 -> remember(stack.remembered());
            case 'h' -> stack.recall(in.uint8());
            case 'j' -> stack.recall(in.uint32());
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
                    stack.count();
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
        stack.push(Plain.OPAQUE);
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

    private void append(List<PickleValue> items) throws PickleException {
        Sequence list = top(Sequence.class, "a list");
        list.add(items);
        stack.requireShallow(list.depth());
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

    private void put(Dict dict, PickleValue key, PickleValue value) throws PickleException {
        if (key instanceof Text text && text.value().length() > LONGEST_KEY) {
            throw new PickleException(
                    "a key of the pickle has %s characters", text.value().length());
        }
        dict.put(key, value);
        stack.requireShallow(dict.depth());
    }

    private <T extends PickleValue> T top(Class<T> type, String what) throws PickleException {
        PickleValue value = stack.top();
        if (!type.isInstance(value)) {
            throw new PickleException("the pickle changes something as if it were %s", what);
        }
        return type.cast(value);
    }

    private void remember(long key) throws PickleException {
        PickleValue value = stack.last();
        if (value == null) {
            throw new PickleException("the pickle keeps a value that it never made");
        }
        stack.remember(key, value);
    }

    private static String text(PickleValue value) throws PickleException {
        if (value instanceof Text text) {
            return text.value();
        }
        throw new PickleException("the pickle names a global by what is no text");
    }
}
