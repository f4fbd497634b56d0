/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.torchscript.pickle;

import ai.djl.ndarray.types.Shape;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.lora4j.torchfile.PickleOutput;
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
 * Encodes a tree as a pickle of protocol 2, with the instructions that libtorch's reader knows. A
 * node that is reached twice is written once and kept; nothing else is.
 */
public final class ScriptPickler {
    static final Global REBUILD_TENSOR = new Global("torch._utils", "_rebuild_tensor_v2");
    static final Global ORDERED_DICT = new Global("collections", "OrderedDict");

    private final PickleOutput out = new PickleOutput();
    private final Map<ScriptValue, Integer> uses = new HashMap<>();
    private final Map<ScriptValue, Integer> kept = new HashMap<>();

    /** Storages are one by their key, whichever node names them. */
    private final Map<ScriptStorage, Integer> storages = new HashMap<>();

    private int next;

    private ScriptPickler() {}

    /**
     * Encodes a value.
     *
     * @param root the value
     * @return the pickle
     */
    public static byte[] write(ScriptValue root) {
        ScriptPickler pickler = new ScriptPickler();
        pickler.count(root);
        pickler.put(root);
        return pickler.out.finish();
    }

    private static List<ScriptValue> parts(ScriptValue value) {
        if (value instanceof Tuple tuple) {
            return tuple.items();
        }
        if (value instanceof Sequence list) {
            return list.items();
        }
        if (value instanceof Dict dict) {
            List<ScriptValue> parts = new ArrayList<>();
            dict.entries()
                    .forEach(
                            (key, item) -> {
                                parts.add(key);
                                parts.add(item);
                            });
            return parts;
        }
        if (value instanceof Call call) {
            return List.of(call.arguments());
        }
        if (value instanceof Instance object) {
            return List.of(state(object));
        }
        return value instanceof ScriptTensor tensor ? tensor.rest() : List.of();
    }

    private static ScriptValue state(Instance object) {
        ScriptValue state = object.state();
        if (state == null) {
            throw new IllegalStateException("An object of " + object.type() + " has no state");
        }
        return state;
    }

    private void count(ScriptValue value) {
        if (isShared(value) && uses.merge(value, 1, Integer::sum) == 1) {
            parts(value).forEach(this::count);
        }
    }

    private static boolean isShared(ScriptValue value) {
        return !parts(value).isEmpty() || value instanceof ScriptTensor;
    }

    private void put(ScriptValue value) {
        Integer place = kept.get(value);
        if (place != null) {
            out.get(place);
            return;
        }
        if (value instanceof ScriptStorage storage) {
            storage(storage);
        } else if (value instanceof ScriptTensor tensor) {
            tensor(tensor);
        } else if (!plain(value)) {
            container(value);
        }
        if (uses.getOrDefault(value, 0) > 1) {
            out.put(next);
            kept.put(value, next++);
        }
    }

    private boolean plain(ScriptValue value) {
        if (value instanceof Plain plain) {
            out.opcode(
                    switch (plain) {
                        case NONE -> 'N';
                        case TRUE -> 0x88;
                        case FALSE -> 0x89;
                    });
        } else if (value instanceof Int number) {
            out.integer(number.value());
        } else if (value instanceof Real number) {
            out.real(number.value());
        } else if (value instanceof Text text) {
            out.text(text.value());
        } else if (value instanceof Global global) {
            out.global(global.module(), global.name());
        } else {
            return false;
        }
        return true;
    }

    private void container(ScriptValue value) {
        if (value instanceof Tuple tuple) {
            tuple(tuple.items());
        } else if (value instanceof Sequence list) {
            out.opcode(']');
            if (!list.items().isEmpty()) {
                out.opcode('(');
                list.items().forEach(this::put);
                out.opcode('e');
            }
        } else if (value instanceof Dict dict) {
            out.opcode('}');
            if (!dict.entries().isEmpty()) {
                out.opcode('(');
                parts(dict).forEach(this::put);
                out.opcode('u');
            }
        } else if (value instanceof Call call) {
            put(call.function());
            put(call.arguments());
            out.opcode('R');
        } else if (value instanceof Instance object) {
            put(object.type());
            out.opcode(')').opcode(0x81); // EMPTY_TUPLE, NEWOBJ
            put(state(object));
            out.opcode('b');
        }
    }

    private void tuple(List<ScriptValue> items) {
        if (items.isEmpty()) {
            out.opcode(')');
            return;
        }
        out.opcode('(');
        items.forEach(this::put);
        out.opcode('t');
    }

    private void storage(ScriptStorage storage) {
        Integer place = storages.get(storage);
        if (place != null) {
            out.get(place);
            return;
        }
        out.opcode('(').text("storage").global("torch", storage.type());
        out.text(storage.key()).text(storage.location()).integer(storage.elements());
        out.opcode('t').opcode('Q'); // TUPLE, BINPERSID
        out.put(next);
        storages.put(storage, next++);
    }

    private void tensor(ScriptTensor tensor) {
        put(REBUILD_TENSOR);
        out.opcode('(');
        storage(tensor.storage());
        out.integer(tensor.offset());
        numbers(tensor.shape());
        numbers(tensor.strides());
        put(Plain.of(tensor.requiresGrad()));
        tensor.rest().forEach(this::put);
        out.opcode('t').opcode('R');
    }

    private void numbers(Shape shape) {
        List<ScriptValue> numbers = new ArrayList<>();
        for (long number : shape.getShape()) {
            numbers.add(new Int(number));
        }
        tuple(numbers);
    }
}
