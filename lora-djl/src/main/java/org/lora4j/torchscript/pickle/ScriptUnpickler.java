/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.torchscript.pickle;

import java.nio.ByteBuffer;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.lora4j.files.Excerpt;
import org.lora4j.torchfile.PickleException;
import org.lora4j.torchfile.PickleInput;
import org.lora4j.torchfile.PickleStack;
import org.lora4j.torchscript.pickle.ScriptValue.Call;
import org.lora4j.torchscript.pickle.ScriptValue.Dict;
import org.lora4j.torchscript.pickle.ScriptValue.Global;
import org.lora4j.torchscript.pickle.ScriptValue.Instance;
import org.lora4j.torchscript.pickle.ScriptValue.Int;
import org.lora4j.torchscript.pickle.ScriptValue.Plain;
import org.lora4j.torchscript.pickle.ScriptValue.Real;
import org.lora4j.torchscript.pickle.ScriptValue.Sequence;
import org.lora4j.torchscript.pickle.ScriptValue.Text;
import org.lora4j.torchscript.pickle.ScriptValue.Tuple;

/**
 * Decodes a pickle that libtorch wrote (protocol 2) into a tree. Nothing is run: an instruction
 * outside libtorch's own set is refused, and so is a name that is neither torch's nor one of the
 * archive's classes. Time and memory are bounded by the pickle's length, and no value can hold
 * itself, since what was kept cannot change any more.
 */
public final class ScriptUnpickler {
    private static final int MAX_VALUES = 4_000_000;
    private static final int MAX_DEPTH = 500;

    private final PickleInput in;
    private final PickleStack<ScriptValue> stack =
            new PickleStack<>(MAX_VALUES, MAX_DEPTH, ScriptValue::depth);
    private final Set<ScriptValue> kept = new HashSet<>();
    private final TensorNodes tensors = new TensorNodes();

    private ScriptUnpickler(byte[] pickle) {
        in = new PickleInput(ByteBuffer.wrap(pickle));
    }

    /**
     * Decodes a pickle.
     *
     * @param pickle the bytes of data.pkl or constants.pkl
     * @return the value that it makes
     * @throws PickleException if it is damaged, or holds what libtorch does not write
     */
    public static ScriptValue read(byte[] pickle) throws PickleException {
        return new ScriptUnpickler(pickle).run();
    }

    private ScriptValue run() throws PickleException {
        while (true) {
            int at = in.position();
            int opcode = in.uint8();
            if (opcode == '.') {
                return made(List.of(stack.result())).get(0);
            }
            if (!literal(opcode) && !container(opcode) && !object(opcode)) {
                throw new PickleException(
                        "the pickle has opcode 0x%02x at byte %d, which libtorch does not write",
                        opcode, at);
            }
        }
    }

    private boolean literal(int opcode) throws PickleException {
        switch (opcode) {
            case 'N' -> stack.push(Plain.NONE);
            case 0x88 -> stack.push(Plain.TRUE);
            case 0x89 -> stack.push(Plain.FALSE);
            case 'K' -> stack.push(new Int(in.uint8()));
            case 'M' -> stack.push(new Int(in.uint16()));
            case 'J' -> stack.push(new Int(in.int32()));
            case 0x8a -> {
                int length = in.uint8();
                if (length != Long.BYTES) {
                    throw new PickleException(
                            "expected an integer of 8 bytes in the pickle, found one of %d",
                            length);
                }
                stack.push(new Int(in.int64()));
            }
            case 'G' ->
                    stack.push(new Real(Double.longBitsToDouble(Long.reverseBytes(in.int64()))));
            case 'X' -> stack.push(new Text(in.text(in.uint32())));
            default -> {
                return false;
            }
        }
        return true;
    }

    private boolean container(int opcode) throws PickleException {
        switch (opcode) {
            case '(' -> stack.mark();
            case ')' -> stack.push(new Tuple(List.of()));
            case 0x85 -> stack.push(new Tuple(take(1)));
            case 0x86 -> stack.push(new Tuple(take(2)));
            case 0x87 -> stack.push(new Tuple(take(3)));
            case 't' -> stack.push(new Tuple(takeToMark()));
            case ']' -> stack.push(new Sequence());
            case 'a' -> append(take(1));
            case 'e' -> append(takeToMark());
            case '}' -> stack.push(new Dict());
            case 's' -> setItems(take(2));
            case 'u' -> setItems(takeToMark());
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
                if (protocol != 2) {
                    throw new PickleException(
                            "expected a pickle of protocol 2, found protocol %d", protocol);
                }
            }
            case 'c' -> stack.push(global(in.line(), in.line()));
            case 'Q' -> stack.push(tensors.storage(take(1).get(0)));
            case 'R' -> call(take(2));
            case 0x81 -> create(take(2));
            case 'b' -> build(take(1).get(0));
            case 'q' -> remember(in.uint8());
            case 'r' -> remember(in.uint32());
            case 'h' -> stack.recall(in.uint8());
            case 'j' -> stack.recall(in.uint32());
            default -> {
                return false;
            }
        }
        return true;
    }

    private static Global global(String module, String name) throws PickleException {
        Global global = new Global(module, name);
        boolean known =
                module.equals("torch")
                        || module.startsWith("torch.")
                        || module.equals("__torch__")
                        || module.startsWith("__torch__.")
                        || global.equals(ScriptPickler.ORDERED_DICT);
        if (!known || name.isEmpty()) {
            throw new PickleException(
                    "the pickle names %s, which is neither torch's nor a class of the archive;"
                            + " nothing was run",
                    Excerpt.of(global.qualifiedName()));
        }
        return global;
    }

    private void call(List<ScriptValue> call) throws PickleException {
        if (!(call.get(0) instanceof Global function)
                || !(call.get(1) instanceof Tuple arguments)) {
            throw new PickleException("the pickle calls what is no function of a tuple");
        }
        stack.push(
                function.equals(ScriptPickler.REBUILD_TENSOR)
                        ? tensors.tensor(arguments.items())
                        : new Call(function, arguments));
    }

    private void create(List<ScriptValue> call) throws PickleException {
        if (!(call.get(0) instanceof Global type)
                || !(call.get(1) instanceof Tuple arguments)
                || !arguments.items().isEmpty()) {
            throw new PickleException("the pickle makes an object of what is no class");
        }
        stack.push(new Instance(type));
    }

    private void build(ScriptValue state) throws PickleException {
        if (!(stack.top() instanceof Instance object) || object.state() != null) {
            throw new PickleException("the pickle gives a state to what is no new object");
        }
        object.setState(state);
        stack.requireShallow(object.depth());
    }

    private void append(List<ScriptValue> items) throws PickleException {
        if (!(stack.top() instanceof Sequence list) || kept.contains(list)) {
            throw new PickleException("the pickle adds items to what is no new list");
        }
        list.add(items);
        stack.requireShallow(list.depth());
    }

    private void setItems(List<ScriptValue> pairs) throws PickleException {
        if (!(stack.top() instanceof Dict dict) || kept.contains(dict) || pairs.size() % 2 != 0) {
            throw new PickleException("the pickle adds entries to what is no new dict");
        }
        for (int i = 0; i < pairs.size(); i += 2) {
            if (!dict.put(pairs.get(i), pairs.get(i + 1))) {
                String key = pairs.get(i) instanceof Text text ? text.value() : "a number";
                throw new PickleException(
                        "a dict of the pickle has the key %s twice", Excerpt.of(key));
            }
        }
        stack.requireShallow(dict.depth());
    }

    private List<ScriptValue> take(int count) throws PickleException {
        return made(stack.take(count));
    }

    private List<ScriptValue> takeToMark() throws PickleException {
        return made(stack.takeToMark());
    }

    private static List<ScriptValue> made(List<ScriptValue> values) throws PickleException {
        for (ScriptValue value : values) {
            if (value instanceof Instance object && object.state() == null) {
                throw new PickleException("an object of the pickle has no state");
            }
        }
        return values;
    }

    private void remember(long key) throws PickleException {
        ScriptValue value = stack.top();
        if (value == null || (value instanceof Instance object && object.state() == null)) {
            throw new PickleException("the pickle keeps a value that it has not made yet");
        }
        kept.add(value);
        stack.remember(key, value);
    }
}
