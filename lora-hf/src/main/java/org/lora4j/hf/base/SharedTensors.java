/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.hf.base;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Collection;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.Map;
import java.util.Set;
import java.util.function.UnaryOperator;
import org.lora4j.block.weight.PackedWeight;
import org.lora4j.hf.model.ModelRoot;
import org.lora4j.hf.model.TensorSource;
import org.lora4j.torch.TensorDtype;

/**
 * The frozen arrays that the models on one base have in common, by the names of their family, and
 * behind them the files of the base. Not thread-safe.
 */
public final class SharedTensors {
    private final Path directory;
    private final UnaryOperator<String> rename;
    private final NDManager manager;
    private final Map<String, NDArray> arrays = new HashMap<>();

    /** Begins with the arrays of a model that was just loaded, but for those that were drawn. */
    public SharedTensors(LoadedModel model) {
        this.directory = model.directory();
        this.rename = model.family().names().rename();
        this.manager = model.manager();
        keep(model.block(), model.drawn().paths());
    }

    /**
     * Takes over what a new model has read from the files, so that later models share it.
     *
     * @param root the new model
     * @param drawn its layers that no file has, which stay its own
     */
    public void keep(ModelRoot root, Collection<String> drawn) {
        try (TensorSource built = TensorSource.of(root)) {
            for (String name : built.names()) {
                String path = rename.apply(name);
                NDArray array = built.readStored(manager, name);
                // a packed weight of a later model has its tables beside that model
                boolean own = array instanceof PackedWeight && array.getManager() != manager;
                if (!own
                        && !arrays.containsKey(path)
                        && drawn.stream().noneMatch(layer -> path.startsWith(layer + "."))) {
                    if (array.getManager() != manager) {
                        array.attach(manager);
                    }
                    arrays.put(path, array);
                }
            }
        } catch (IOException e) {
            throw new IllegalStateException("arrays that are there cannot be read", e);
        }
    }

    /**
     * Opens the tensors for another model: the arrays that are there, and what else the files have,
     * all by the names of the family.
     *
     * @throws IOException if the files cannot be opened
     */
    public TensorSource open() throws IOException {
        TensorSource files = TensorSource.open(directory);
        Map<String, String> names = new HashMap<>();
        for (String name : files.names()) {
            names.put(rename.apply(name), name);
        }
        return new Source(new TensorSource.Arrays(arrays), files, names);
    }

    /**
     * Arrays before files.
     *
     * @param arrays what is there
     * @param files the files
     * @param paths the files' names of their tensors by those of the family
     */
    private record Source(TensorSource arrays, TensorSource files, Map<String, String> paths)
            implements TensorSource {
        @Override
        public Set<String> names() {
            Set<String> all = new LinkedHashSet<>(paths.keySet());
            all.addAll(arrays.names());
            return all;
        }

        private TensorSource of(String path) {
            return arrays.names().contains(path) ? arrays : files;
        }

        private String name(String path) {
            return arrays.names().contains(path) ? path : paths.getOrDefault(path, path);
        }

        @Override
        public Shape shape(String path) {
            return of(path).shape(name(path));
        }

        @Override
        public TensorDtype dtype(String path) {
            return of(path).dtype(name(path));
        }

        @Override
        public NDArray read(NDManager manager, String path, TensorDtype dtype) throws IOException {
            return of(path).read(manager, name(path), dtype);
        }

        @Override
        public NDArray readStored(NDManager manager, String path) throws IOException {
            return of(path).readStored(manager, name(path));
        }

        @Override
        public boolean isFile(String path) {
            return of(path).isFile(name(path));
        }

        @Override
        public void close() {
            files.close();
        }
    }
}
