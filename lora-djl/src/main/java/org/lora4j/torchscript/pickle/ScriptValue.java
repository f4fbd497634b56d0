/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.torchscript.pickle;

import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * A value of a TorchScript archive's pickle. Containers, objects, storages and tensors have an
 * identity: one that the pickle reaches twice is one node here. No value holds itself.
 */
public sealed interface ScriptValue
        permits ScriptValue.Plain,
                ScriptValue.Int,
                ScriptValue.Real,
                ScriptValue.Text,
                ScriptValue.Global,
                ScriptValue.Tuple,
                ScriptValue.Sequence,
                ScriptValue.Dict,
                ScriptValue.Call,
                ScriptValue.Instance,
                ScriptStorage,
                ScriptTensor {
    /** How many levels the value nests. */
    default int depth() {
        return 0;
    }

    /** Python's constants. */
    enum Plain implements ScriptValue {
        /** None. */
        NONE,
        /** True. */
        TRUE,
        /** False. */
        FALSE;

        /**
         * Returns a truth value.
         *
         * @param value true or false
         */
        public static Plain of(boolean value) {
            return value ? TRUE : FALSE;
        }
    }

    /**
     * An integer.
     *
     * @param value the number
     */
    record Int(long value) implements ScriptValue {}

    /**
     * A floating-point number.
     *
     * @param value the number
     */
    record Real(double value) implements ScriptValue {}

    /**
     * A text.
     *
     * @param value the text
     */
    record Text(String value) implements ScriptValue, Comparable<Text> {
        @Override
        public int compareTo(Text other) {
            return value.compareTo(other.value);
        }
    }

    /**
     * A class or function by its name. It is never looked up, only named again.
     *
     * @param module its module, such as {@code __torch__.torch.nn.modules.linear}
     * @param name its name, such as {@code Linear}
     */
    record Global(String module, String name) implements ScriptValue {
        /** Returns module and name, joined by a dot. */
        public String qualifiedName() {
            return module + "." + name;
        }
    }

    /** A tuple. */
    final class Tuple implements ScriptValue {
        private final List<ScriptValue> items;
        private final int depth;

        /**
         * Creates a tuple.
         *
         * @param items its items
         */
        public Tuple(List<ScriptValue> items) {
            this.items = List.copyOf(items);
            this.depth = 1 + deepest(items);
        }

        /** Returns the items. */
        public List<ScriptValue> items() {
            return items;
        }

        @Override
        public int depth() {
            return depth;
        }
    }

    /** A list. */
    final class Sequence implements ScriptValue {
        private final List<ScriptValue> items = new ArrayList<>();
        private int depth = 1;

        void add(List<ScriptValue> more) {
            items.addAll(more);
            depth = Math.max(depth, 1 + deepest(more));
        }

        /** Returns the items. */
        public List<ScriptValue> items() {
            return Collections.unmodifiableList(items);
        }

        @Override
        public int depth() {
            return depth;
        }
    }

    /** A dict, in the order of the pickle. */
    final class Dict implements ScriptValue {
        private final Map<ScriptValue, ScriptValue> entries = new LinkedHashMap<>();
        private int depth = 1;

        /**
         * Adds or replaces an entry.
         *
         * @param key the key
         * @param value the value, which does not hold this dict
         * @return whether the key is new
         */
        public boolean put(ScriptValue key, ScriptValue value) {
            depth = Math.max(depth, 1 + Math.max(key.depth(), value.depth()));
            return entries.put(key, value) == null;
        }

        /**
         * Returns the value of a text.
         *
         * @param key the key
         * @return the value, or null
         */
        public @Nullable ScriptValue get(String key) {
            return entries.get(new Text(key));
        }

        /** Returns the entries in their order. */
        public Map<ScriptValue, ScriptValue> entries() {
            return Collections.unmodifiableMap(entries);
        }

        @Override
        public int depth() {
            return depth;
        }
    }

    /** What a function makes of arguments: neither is looked at. */
    final class Call implements ScriptValue {
        private final Global function;
        private final Tuple arguments;

        /**
         * Creates a call.
         *
         * @param function the function
         * @param arguments its arguments
         */
        public Call(Global function, Tuple arguments) {
            this.function = function;
            this.arguments = arguments;
        }

        /** Returns the function. */
        public Global function() {
            return function;
        }

        /** Returns the arguments. */
        public Tuple arguments() {
            return arguments;
        }

        @Override
        public int depth() {
            return arguments.depth() + 1;
        }
    }

    /** An object of a class: a module with its attributes, or what else a class's state is. */
    final class Instance implements ScriptValue {
        private Global type;
        private @Nullable ScriptValue state;

        /**
         * Creates an object whose state is set later.
         *
         * @param type its class
         */
        public Instance(Global type) {
            this.type = type;
        }

        /** Returns the class. */
        public Global type() {
            return type;
        }

        /**
         * Gives the object another class.
         *
         * @param type a class that has the same attributes
         */
        public void setType(Global type) {
            this.type = type;
        }

        /** Returns the state, usually a dict of attributes; null before it is set. */
        public @Nullable ScriptValue state() {
            return state;
        }

        /**
         * Sets the state.
         *
         * @param state a value that does not hold this object
         */
        public void setState(ScriptValue state) {
            this.state = state;
        }

        @Override
        public int depth() {
            return state == null ? 1 : state.depth() + 1;
        }
    }

    private static int deepest(List<ScriptValue> items) {
        int depth = 0;
        for (ScriptValue item : items) {
            depth = Math.max(depth, item.depth());
        }
        return depth;
    }
}
