/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.torchscript.pickle;

import ai.djl.ndarray.types.Shape;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.LongStream;
import org.lora4j.files.Excerpt;
import org.lora4j.torch.TensorDtype;
import org.lora4j.torchfile.PickleException;
import org.lora4j.torchscript.pickle.ScriptValue.Global;
import org.lora4j.torchscript.pickle.ScriptValue.Int;
import org.lora4j.torchscript.pickle.ScriptValue.Plain;
import org.lora4j.torchscript.pickle.ScriptValue.Text;
import org.lora4j.torchscript.pickle.ScriptValue.Tuple;

/** The storages and tensors of one pickle, every number checked. */
final class TensorNodes {
    private static final int MAX_DIMENSIONS = 64;

    private final Map<String, ScriptStorage> storages = new HashMap<>();

    /** The storage of a persistent id: ("storage", class, key, location, elements). */
    ScriptStorage storage(ScriptValue id) throws PickleException {
        List<ScriptValue> items = id instanceof Tuple tuple ? tuple.items() : List.of();
        if (items.size() < 5
                || (items.size() > 5 && items.get(5) != Plain.NONE)
                || !items.get(0).equals(new Text("storage"))
                || !(items.get(1) instanceof Global type)
                || !(items.get(2) instanceof Text key)
                || !(items.get(3) instanceof Text location)) {
            throw new PickleException("the pickle refers to something that is no storage");
        }
        if (!type.module().equals("torch") || !ScriptStorage.isKnown(type.name())) {
            throw new PickleException(
                    "the pickle has a storage of %s, which is not known",
                    Excerpt.of(type.qualifiedName()));
        }
        long elements = count(items.get(4), "the size of a storage");
        ScriptStorage storage =
                new ScriptStorage(type.name(), key.value(), location.value(), elements);
        try {
            storage.byteSize();
        } catch (ArithmeticException e) {
            throw new PickleException(
                    "storage %s has %d elements, more than any file",
                    Excerpt.of(storage.key()), elements);
        }
        ScriptStorage other = storages.putIfAbsent(storage.key(), storage);
        if (other == null) {
            return storage;
        }
        if (!other.type().equals(storage.type()) || other.elements() != elements) {
            throw new PickleException(
                    "storage %s is named with two types or sizes", Excerpt.of(storage.key()));
        }
        return other;
    }

    /** The tensor that torch._utils._rebuild_tensor_v2 makes of its arguments. */
    ScriptTensor tensor(List<ScriptValue> arguments) throws PickleException {
        if (arguments.size() < 6
                || !(arguments.get(0) instanceof ScriptStorage storage)
                || !(arguments.get(4) instanceof Plain requiresGrad)
                || requiresGrad == Plain.NONE) {
            throw new PickleException(
                    "a tensor is not made of a storage, an offset, sizes, strides and a flag");
        }
        long offset = count(arguments.get(1), "a tensor's offset");
        long[] sizes = counts(arguments.get(2), "a tensor's size");
        long[] strides = counts(arguments.get(3), "a tensor's stride");
        if (sizes.length != strides.length) {
            throw new PickleException(
                    "a tensor has %d sizes and %d strides", sizes.length, strides.length);
        }
        checkWithin(storage, offset, sizes, strides);
        return new ScriptTensor(
                storage,
                offset,
                new Shape(sizes),
                new Shape(strides),
                requiresGrad == Plain.TRUE,
                arguments.subList(5, arguments.size()));
    }

    private static void checkWithin(
            ScriptStorage storage, long offset, long[] sizes, long[] strides)
            throws PickleException {
        try {
            TensorDtype.checkDimensions(sizes);
            if (LongStream.of(sizes).anyMatch(size -> size == 0)) {
                return;
            }
            long last = offset;
            for (int i = 0; i < sizes.length; i++) {
                last = Math.addExact(last, Math.multiplyExact(sizes[i] - 1, strides[i]));
            }
            if (last < storage.elements()) {
                return;
            }
        } catch (ArithmeticException e) {
            // More than any storage has: refused below.
        }
        throw new PickleException(
                "a tensor of size %s and strides %s at %d leaves its storage %s of %d elements",
                Arrays.toString(sizes),
                Arrays.toString(strides),
                offset,
                Excerpt.of(storage.key()),
                storage.elements());
    }

    private static long[] counts(ScriptValue value, String what) throws PickleException {
        if (!(value instanceof Tuple tuple) || tuple.items().size() > MAX_DIMENSIONS) {
            throw new PickleException(
                    "expected %s as a tuple of at most %d numbers", what, MAX_DIMENSIONS);
        }
        long[] counts = new long[tuple.items().size()];
        for (int i = 0; i < counts.length; i++) {
            counts[i] = count(tuple.items().get(i), what);
        }
        return counts;
    }

    private static long count(ScriptValue value, String what) throws PickleException {
        if (!(value instanceof Int number) || number.value() < 0) {
            throw new PickleException(
                    "expected %s as a number of at least 0, found %s",
                    what, value instanceof Int other ? other.value() : "none");
        }
        return number.value();
    }
}
