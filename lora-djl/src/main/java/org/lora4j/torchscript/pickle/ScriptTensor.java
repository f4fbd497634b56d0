/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.torchscript.pickle;

import ai.djl.ndarray.types.Shape;
import java.util.List;
import java.util.Optional;
import org.lora4j.torch.TensorDtype;
import org.lora4j.torchfile.StorageTypes;

/**
 * A tensor of a TorchScript archive: a view of a storage, which was checked to lie inside it. Two
 * tensors are equal only if they are the same node of the pickle.
 */
public final class ScriptTensor implements ScriptValue {
    private final ScriptStorage storage;
    private final long offset;
    private final Shape shape;
    private final Shape strides;
    private final List<ScriptValue> rest;
    private boolean requiresGrad;

    /**
     * Creates a tensor.
     *
     * @param storage the storage
     * @param offset the first element's place in it
     * @param shape the dimensions
     * @param strides for each dimension, the distance of neighbours in elements
     * @param requiresGrad whether gradients are formed of it
     * @param rest the further arguments of torch's function: hooks, and sometimes more
     */
    public ScriptTensor(
            ScriptStorage storage,
            long offset,
            Shape shape,
            Shape strides,
            boolean requiresGrad,
            List<ScriptValue> rest) {
        this.storage = storage;
        this.offset = offset;
        this.shape = shape;
        this.strides = strides;
        this.requiresGrad = requiresGrad;
        this.rest = List.copyOf(rest);
    }

    /**
     * Creates a contiguous tensor that has a storage of its own.
     *
     * @param key the storage's key
     * @param dtype the elements, of which torch has storages
     * @param shape the dimensions
     * @param requiresGrad whether gradients are formed of it
     * @return the tensor
     */
    public static ScriptTensor contiguous(
            String key, TensorDtype dtype, Shape shape, boolean requiresGrad) {
        return new ScriptTensor(
                new ScriptStorage(StorageTypes.name(dtype), key, "cpu", shape.size()),
                0,
                shape,
                contiguousStrides(shape),
                requiresGrad,
                List.of(new Call(ScriptPickler.ORDERED_DICT, new Tuple(List.of()))));
    }

    private static Shape contiguousStrides(Shape shape) {
        long[] strides = new long[shape.dimension()];
        long elements = 1;
        for (int i = strides.length - 1; i >= 0; i--) {
            strides[i] = elements;
            elements *= Math.max(1, shape.get(i));
        }
        return new Shape(strides);
    }

    /**
     * Returns the same view of another storage.
     *
     * @param key the key of a storage of the same type and size
     */
    public ScriptTensor withStorage(String key) {
        ScriptStorage other =
                new ScriptStorage(storage.type(), key, storage.location(), storage.elements());
        return new ScriptTensor(other, offset, shape, strides, requiresGrad, rest);
    }

    /**
     * Returns a tensor of the same dtype and shape whose elements are all the one of a new storage.
     *
     * @param key the key of the storage
     */
    public ScriptTensor hollow(String key) {
        ScriptStorage one = new ScriptStorage(storage.type(), key, storage.location(), 1);
        Shape none = new Shape(new long[shape.dimension()]);
        return new ScriptTensor(one, 0, shape, none, requiresGrad, rest);
    }

    /** Returns the storage. */
    public ScriptStorage storage() {
        return storage;
    }

    /** Returns the dtype of the elements, or empty for quantised and untyped storages. */
    public Optional<TensorDtype> dtype() {
        return storage.dtype();
    }

    /** Returns the first element's place in the storage. */
    public long offset() {
        return offset;
    }

    /** Returns the dimensions. */
    public Shape shape() {
        return shape;
    }

    /** Returns the distance of neighbours in each dimension, in elements. */
    public Shape strides() {
        return strides;
    }

    /** Returns whether gradients are formed of the tensor. */
    public boolean requiresGrad() {
        return requiresGrad;
    }

    /**
     * Sets whether gradients are formed of the tensor.
     *
     * @param value whether they are
     */
    public void setRequiresGrad(boolean value) {
        requiresGrad = value;
    }

    /** Returns the further arguments of torch's function. */
    public List<ScriptValue> rest() {
        return rest;
    }

    /**
     * Whether two tensors are the same elements in the same order.
     *
     * @param other a tensor of the same archive, both in data.pkl or both in constants.pkl
     */
    public boolean sameElements(ScriptTensor other) {
        return storage.key().equals(other.storage.key())
                && offset == other.offset
                && shape.equals(other.shape)
                && strides.equals(other.strides);
    }

    @Override
    public int depth() {
        int deepest = 0;
        for (ScriptValue value : rest) {
            deepest = Math.max(deepest, value.depth());
        }
        return 3 + deepest;
    }
}
