/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.torchfile;

import ai.djl.ndarray.types.Shape;
import java.util.Arrays;
import java.util.List;
import java.util.stream.LongStream;
import org.jspecify.annotations.Nullable;
import org.lora4j.torch.TensorDtype;
import org.lora4j.torchfile.PickleValue.Dict;
import org.lora4j.torchfile.PickleValue.ElementType;
import org.lora4j.torchfile.PickleValue.Function;
import org.lora4j.torchfile.PickleValue.Int;
import org.lora4j.torchfile.PickleValue.Plain;
import org.lora4j.torchfile.PickleValue.Sequence;
import org.lora4j.torchfile.PickleValue.Storage;
import org.lora4j.torchfile.PickleValue.StorageClass;
import org.lora4j.torchfile.PickleValue.Tensor;
import org.lora4j.torchfile.PickleValue.Text;
import org.lora4j.torchfile.PickleValue.Tuple;

/** What torch's own rebuild functions make from their arguments, every number checked. */
final class TensorCalls {
    private static final int MAX_DIMENSIONS = 64;

    private TensorCalls() {}

    /** The storage that a persistent id names: ("storage", class, key, location, elements...). */
    static Storage storage(PickleValue id) throws PickleException {
        List<PickleValue> items = items(id);
        if (items.size() < 5
                || !items.get(0).equals(new Text("storage"))
                || !(items.get(1) instanceof StorageClass type)
                || !(items.get(2) instanceof Text key)) {
            throw new PickleException("the pickle refers to something that is no storage");
        }
        long elements = count(items.get(4), "the size of a storage");
        long start = 0;
        long count = elements;
        if (items.size() > 5 && items.get(5) != Plain.NONE) {
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
        return new Storage(type.dtype(), key.value(), elements, start, count);
    }

    static PickleValue call(PickleValue function, List<PickleValue> arguments)
            throws PickleException {
        if (!(function instanceof Function known)) {
            throw new PickleException("the pickle calls what is no function");
        }
        return switch (known) {
            case SIZE -> argument(arguments, 0);
            case REBUILD_PARAMETER -> {
                if (argument(arguments, 0) instanceof Tensor tensor) {
                    yield tensor;
                }
                throw new PickleException("a parameter is made from what is no tensor");
            }
            case REBUILD_TENSOR -> tensor(arguments, null);
            case REBUILD_TENSOR_V3 -> {
                if (argument(arguments, 6) instanceof ElementType type) {
                    yield tensor(arguments, type.dtype());
                }
                throw new PickleException("a tensor's dtype is none");
            }
            case ORDERED_DICT -> new Dict();
            case OPAQUE -> Plain.OPAQUE;
        };
    }

    private static Tensor tensor(List<PickleValue> arguments, @Nullable TensorDtype declared)
            throws PickleException {
        if (!(argument(arguments, 0) instanceof Storage storage)) {
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
                    "a tensor has %d sizes and %d strides", sizes.length, strides.length);
        }
        checkWithin(storage, dtype, offset, sizes, strides);
        return new Tensor(storage, dtype, offset, new Shape(sizes), new Shape(strides));
    }

    /** A tensor has no element outside its storage, and no more elements than it. */
    private static void checkWithin(
            Storage storage, TensorDtype dtype, long offset, long[] sizes, long[] strides)
            throws PickleException {
        long available = storage.count();
        if (storage.dtype() == null) {
            available /= dtype.byteSize(1);
        } else if (storage.dtype() != dtype) {
            throw new PickleException(
                    "a tensor of %s is made from a storage of %s", dtype, storage.dtype());
        }
        try {
            if (LongStream.of(sizes).anyMatch(size -> size == 0)) {
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
                "a tensor of size %s leaves its storage of %d elements",
                Arrays.toString(sizes), available);
    }

    static List<PickleValue> items(PickleValue value) throws PickleException {
        if (value instanceof Tuple tuple) {
            return tuple.items();
        }
        if (value instanceof Sequence list) {
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
            throw new PickleException("%s has %s dimensions", what, items.size());
        }
        long[] counts = new long[items.size()];
        for (int i = 0; i < counts.length; i++) {
            counts[i] = count(items.get(i), what);
        }
        return counts;
    }

    private static long count(PickleValue value, String what) throws PickleException {
        if (!(value instanceof Int number)) {
            throw new PickleException("%s is no 64-bit integer", what);
        }
        if (number.value() < 0) {
            throw new PickleException("%s is negative: %s", what, number.value());
        }
        return number.value();
    }
}
