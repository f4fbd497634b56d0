/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.torchscript.flow;

import java.util.ArrayDeque;
import java.util.Deque;
import java.util.HashSet;
import java.util.Set;
import org.lora4j.torchscript.pickle.ScriptTensor;
import org.lora4j.torchscript.pickle.ScriptValue;
import org.lora4j.torchscript.pickle.ScriptValue.Call;
import org.lora4j.torchscript.pickle.ScriptValue.Dict;
import org.lora4j.torchscript.pickle.ScriptValue.Instance;
import org.lora4j.torchscript.pickle.ScriptValue.Sequence;
import org.lora4j.torchscript.pickle.ScriptValue.Tuple;

/** All values that a value holds, each once. */
public final class TreeWalk {
    private TreeWalk() {}

    /**
     * Finds the values.
     *
     * @param root a value
     * @return it and all that it holds, at any depth
     */
    public static Set<ScriptValue> all(ScriptValue root) {
        Set<ScriptValue> seen = new HashSet<>();
        Deque<ScriptValue> open = new ArrayDeque<>();
        open.add(root);
        while (!open.isEmpty()) {
            ScriptValue value = open.remove();
            if (!seen.add(value)) {
                continue;
            }
            if (value instanceof Tuple tuple) {
                open.addAll(tuple.items());
            } else if (value instanceof Sequence list) {
                open.addAll(list.items());
            } else if (value instanceof Dict dict) {
                open.addAll(dict.entries().keySet());
                open.addAll(dict.entries().values());
            } else if (value instanceof Call call) {
                open.add(call.arguments());
            } else if (value instanceof Instance object) {
                ScriptValue state = object.state();
                if (state != null) {
                    open.add(state);
                }
            } else if (value instanceof ScriptTensor tensor) {
                open.addAll(tensor.rest());
            }
        }
        return seen;
    }
}
