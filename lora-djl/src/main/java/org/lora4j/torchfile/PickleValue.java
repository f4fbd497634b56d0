/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.torchfile;

import ai.djl.ndarray.types.Shape;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.lora4j.torch.TensorDtype;

/**
 * A value on the pickle machine's stack. Nothing here calls itself on what it holds: values from a
 * file may hold themselves.
 */
sealed interface PickleValue {
    /** How deep the value nests. */
    default int depth() {
        return 0;
    }

    /** Values of which nothing else is to be known. */
    enum Plain implements PickleValue {
        NONE,
        TRUE,
        FALSE,
        /** A number that is no index, bytes, a device: nothing that a tensor needs. */
        OPAQUE
    }

    record Int(long value) implements PickleValue {}

    record Text(String value) implements PickleValue {}

    /** What a file may call: each makes a value and does nothing else. */
    enum Function implements PickleValue {
        ORDERED_DICT,
        REBUILD_TENSOR,
        REBUILD_TENSOR_V3,
        REBUILD_PARAMETER,
        SIZE,
        /** A call whose result is not looked at: torch.device, set, bytes. */
        OPAQUE
    }

    /** A class of storages; without a dtype it counts bytes. */
    record StorageClass(@Nullable TensorDtype dtype) implements PickleValue {}

    record ElementType(TensorDtype dtype) implements PickleValue {}

    /**
     * A storage in the file, or a part of one (an old form of views).
     *
     * @param dtype of its elements, or null where they are bytes
     * @param key its name in the file
     * @param elements how many there are in all
     * @param start the first one of the part
     * @param count the elements of the part
     */
    record Storage(@Nullable TensorDtype dtype, String key, long elements, long start, long count)
            implements PickleValue {}

    /** A view of a storage; its offset and strides are in elements. */
    record Tensor(Storage storage, TensorDtype dtype, long offset, Shape shape, Shape strides)
            implements PickleValue {}

    /** A tuple. */
    record Tuple(List<PickleValue> items, int depth) implements PickleValue {
        static Tuple of(List<PickleValue> items) {
            int depth = 0;
            for (PickleValue item : items) {
                depth = Math.max(depth, item.depth() + 1);
            }
            return new Tuple(items, depth);
        }
    }

    /** A list. */
    final class Sequence implements PickleValue {
        private List<PickleValue> items = List.of();
        private int depth;

        void add(List<PickleValue> values) {
            if (items.isEmpty()) {
                items = new ArrayList<>(values.size());
            }
            for (PickleValue value : values) {
                depth = Math.max(depth, value.depth() + 1);
                items.add(value);
            }
        }

        List<PickleValue> items() {
            return items;
        }

        @Override
        public int depth() {
            return depth;
        }
    }

    /** A dict, of which only the entries whose keys are text are kept. */
    final class Dict implements PickleValue {
        private Map<String, PickleValue> entries = Map.of();
        private int depth;

        void put(PickleValue key, PickleValue value) {
            depth = Math.max(depth, Math.max(key.depth(), value.depth()) + 1);
            if (key instanceof Text text) {
                if (entries.isEmpty()) {
                    entries = new LinkedHashMap<>();
                }
                entries.put(text.value(), value);
            }
        }

        Map<String, PickleValue> entries() {
            return entries;
        }

        @Override
        public int depth() {
            return depth;
        }
    }

    /** A set: it is there to be filled, and its items are not looked at. */
    final class Bag implements PickleValue {}
}
