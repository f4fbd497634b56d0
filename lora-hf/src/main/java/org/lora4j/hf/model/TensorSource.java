/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.hf.model;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import org.lora4j.block.weight.BlockWeights;
import org.lora4j.djl.BlockTree;
import org.lora4j.torch.TensorDtype;
import org.lora4j.torchfile.LazyTensor;
import org.lora4j.torchfile.WeightFiles;

/** Where a model's tensors come from: files, or a model that is there. */
public interface TensorSource extends AutoCloseable {
    /** Returns the tensors' names. */
    Set<String> names();

    /** Returns a tensor's shape. */
    Shape shape(String name);

    /** Returns the type of a tensor's elements. */
    TensorDtype dtype(String name);

    /** Returns a tensor in a precision, owned by a manager or by who owns the source. */
    NDArray read(NDManager manager, String name, TensorDtype dtype) throws IOException;

    /** Returns a tensor as it is stored, owned as {@link #read} says. */
    NDArray readStored(NDManager manager, String name) throws IOException;

    /** Returns whether a tensor is in a file, so that each read makes an array of its own. */
    boolean isFile(String name);

    @Override
    void close();

    /** Opens the safetensors of a directory, else what torch.save wrote. */
    static TensorSource open(Path directory) throws IOException {
        return new Files(WeightFiles.open(directory));
    }

    /** Takes the arrays of a model without adapters, as they are. */
    static TensorSource of(ModelRoot block) {
        Map<String, NDArray> arrays = new LinkedHashMap<>();
        for (BlockTree.Node node : BlockTree.walk(block)) {
            BlockWeights.direct(node.block())
                    .forEach(
                            (name, parameter) ->
                                    arrays.put(node.path() + "." + name, parameter.getArray()));
        }
        return new Arrays(arrays);
    }

    /** A directory's files. */
    record Files(WeightFiles files) implements TensorSource {
        @Override
        public Set<String> names() {
            return files.tensors().keySet();
        }

        @Override
        public Shape shape(String name) {
            return tensor(name).shape();
        }

        @Override
        public TensorDtype dtype(String name) {
            return tensor(name).dtype();
        }

        @Override
        public NDArray read(NDManager manager, String name, TensorDtype dtype) throws IOException {
            try {
                return tensor(name).readAs(manager, dtype);
            } catch (IllegalArgumentException e) {
                throw new IOException(name + ": " + e.getMessage(), e);
            }
        }

        @Override
        public NDArray readStored(NDManager manager, String name) throws IOException {
            return tensor(name).readStored(manager);
        }

        @Override
        public boolean isFile(String name) {
            return true;
        }

        private LazyTensor tensor(String name) {
            return Objects.requireNonNull(files.tensors().get(name), name);
        }

        @Override
        public void close() {
            try {
                files.close();
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        }
    }

    /** Arrays that belong to someone else. */
    record Arrays(Map<String, NDArray> arrays) implements TensorSource {
        @Override
        public Set<String> names() {
            return arrays.keySet();
        }

        @Override
        public Shape shape(String name) {
            return array(name).getShape();
        }

        @Override
        public TensorDtype dtype(String name) {
            return TensorDtype.of(array(name).getDataType()).orElse(TensorDtype.BF16);
        }

        @Override
        public NDArray read(NDManager manager, String name, TensorDtype dtype) {
            return array(name);
        }

        @Override
        public NDArray readStored(NDManager manager, String name) {
            return array(name);
        }

        @Override
        public boolean isFile(String name) {
            return false;
        }

        private NDArray array(String name) {
            return Objects.requireNonNull(arrays.get(name), name);
        }

        @Override
        public void close() {
            // they stay whose they are
        }
    }
}
