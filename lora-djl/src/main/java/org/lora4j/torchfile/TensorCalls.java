/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.torchfile;

import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.lora4j.safetensors.TensorDtype;

/** What torch's own rebuild functions make from their arguments, every number checked. */
final class TensorCalls {
    private static final int MAX_DIMENSIONS = 64;

    private TensorCalls() {}

    /** The storage that a persistent id names: ("storage", class, key, location, elements...). */
    static PickleValue.Storage storage(PickleValue id) throws PickleException {
        List<PickleValue> items = items(id);
        boolean storage =
                items.size() >= 5
                        && items.get(0) instanceof PickleValue.Text kind
                        && kind.value().equals("storage")
                        && items.get(1) instanceof PickleValue.StorageClass
                        && items.get(2) instanceof PickleValue.Text;
        if (!storage) {
            throw new PickleException("the pickle refers to something that is no storage");
        }
        @Nullable TensorDtype dtype = ((PickleValue.StorageClass) items.get(1)).dtype();
        String key = ((PickleValue.Text) items.get(2)).value();
        long elements = count(items.get(4), "the size of a storage");
        long start = 0;
        long count = elements;
        if (items.size() > 5 && items.get(5) != PickleValue.Plain.NONE) {
            List<PickleValue> view = items(items.get(5));
            if (view.size() != 3) {
                throw new PickleException("a view of a storage is no (key, offset, size)");
            }
            start = count(view.get(1), "the offset of a view");
            count = count(view.get(2), "the size of a view");
            if (start > elements || count > elements - start) {
                throw new PickleException("a view of a storage leaves the storage");
            }
        }
        return new PickleValue.Storage(dtype, key, elements, start, count);
    }

    static PickleValue call(PickleValue function, List<PickleValue> arguments)
            throws PickleException {
        if (!(function instanceof PickleValue.Function known)) {
            throw new PickleException("the pickle calls what is no function");
        }
        return switch (known) {
            case SIZE -> argument(arguments, 0);
            case REBUILD_PARAMETER -> {
                if (argument(arguments, 0) instanceof PickleValue.Tensor tensor) {
                    yield tensor;
                }
                throw new PickleException("a parameter is made from what is no tensor");
            }
            case REBUILD_TENSOR -> tensor(arguments, null);
            case REBUILD_TENSOR_V3 -> {
                if (argument(arguments, 6) instanceof PickleValue.ElementType type) {
                    yield tensor(arguments, type.dtype());
                }
                throw new PickleException("a tensor's dtype is none");
            }
            case ORDERED_DICT -> new PickleValue.Dict();
            case OPAQUE -> PickleValue.Plain.OPAQUE;
        };
    }

    private static PickleValue.Tensor tensor(
            List<PickleValue> arguments, @Nullable TensorDtype declared) throws PickleException {
        if (!(argument(arguments, 0) instanceof PickleValue.Storage storage)) {
            throw new PickleException("a tensor is made from what is no storage");
        }
        TensorDtype dtype = declared == null ? storage.dtype() : declared;
        if (dtype == null) {
            throw new PickleException("a tensor of an untyped storage has no dtype");
        }
        long offset = count(argument(arguments, 1), "a tensor's offset");
        long[] sizes = counts(argument(arguments, 2), "a tensor's size");
        long[] strides = counts(argument(arguments, 3), "a tensor's stride");
        if (sizes.length != strides.length) {
            throw new PickleException(
                    "a tensor has " + sizes.length + " sizes and " + strides.length + " strides");
        }
        checkWithin(storage, dtype, offset, sizes, strides);
        return new PickleValue.Tensor(storage, dtype, offset, sizes, strides);
    }

    /** A tensor has no element outside its storage, and no more elements than it. */
    private static void checkWithin(
            PickleValue.Storage storage,
            TensorDtype dtype,
            long offset,
            long[] sizes,
            long[] strides)
            throws PickleException {
        long available = storage.count();
        if (storage.dtype() == null) {
            available /= dtype.byteSize(1);
        } else if (storage.dtype() != dtype) {
            throw new PickleException(
                    "a tensor of " + dtype + " is made from a storage of " + storage.dtype());
        }
        boolean empty = false;
        for (long size : sizes) {
            empty |= size == 0;
        }
        try {
            if (empty) {
                TensorDtype.checkDimensions(sizes);
                return;
            }
            long last = offset;
            long elements = 1;
            for (int i = 0; i < sizes.length; i++) {
                last = Math.addExact(last, Math.multiplyExact(sizes[i] - 1, strides[i]));
                elements = Math.multiplyExact(elements, sizes[i]);
            }
            if (last < available && elements <= available) {
                return;
            }
        } catch (ArithmeticException e) {
            // More than any storage has: refused below.
        }
        throw new PickleException(
                "a tensor of size "
                        + Arrays.toString(sizes)
                        + " leaves its storage of "
                        + available
                        + " elements");
    }

    static List<PickleValue> items(PickleValue value) throws PickleException {
        if (value instanceof PickleValue.Tuple tuple) {
            return tuple.items();
        }
        if (value instanceof PickleValue.Sequence list) {
            return list.items();
        }
        throw new PickleException("expected a tuple in the pickle, found something else");
    }

    private static PickleValue argument(List<PickleValue> arguments, int index)
            throws PickleException {
        if (index >= arguments.size()) {
            throw new PickleException("the pickle calls with too few arguments");
        }
        return arguments.get(index);
    }

    private static long[] counts(PickleValue value, String what) throws PickleException {
        List<PickleValue> items = items(value);
        if (items.size() > MAX_DIMENSIONS) {
            throw new PickleException(what + " has " + items.size() + " dimensions");
        }
        long[] counts = new long[items.size()];
        for (int i = 0; i < counts.length; i++) {
            counts[i] = count(items.get(i), what);
        }
        return counts;
    }

    private static long count(PickleValue value, String what) throws PickleException {
        if (!(value instanceof PickleValue.Int number)) {
            throw new PickleException(what + " is no 64-bit integer");
        }
        if (number.value() < 0) {
            throw new PickleException(what + " is negative: " + number.value());
        }
        return number.value();
    }
}
