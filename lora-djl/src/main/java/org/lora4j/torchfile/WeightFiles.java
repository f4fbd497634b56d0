/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.torchfile;

import java.io.Closeable;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import org.lora4j.files.Opened;
import org.lora4j.safetensors.SafeTensors;
import org.lora4j.safetensors.ShardIndex;

/**
 * The tensors of a model's directory as transformers looks for them: model.safetensors or its
 * shards, else pytorch_model.bin or its shards, which are read without executing anything.
 *
 * <p>Thread-safe. The files must not be changed while they are open.
 */
public final class WeightFiles implements Closeable {
    private static final String PICKLED = "pytorch_model.bin";
    private static final String PICKLED_INDEX = "pytorch_model.bin.index.json";

    private final List<Closeable> open = new ArrayList<>();
    private final Map<String, LazyTensor> tensors = new LinkedHashMap<>();

    private WeightFiles() {}

    /**
     * Returns whether a directory has weights of torch.save and no safetensors.
     *
     * @param directory a model's directory
     */
    public static boolean isPickled(Path directory) {
        return !Files.exists(directory.resolve(SafeTensors.MODEL_FILE))
                && !Files.exists(directory.resolve(SafeTensors.INDEX_FILE))
                && (Files.exists(directory.resolve(PICKLED))
                        || Files.exists(directory.resolve(PICKLED_INDEX)));
    }

    /**
     * Opens the files of a directory.
     *
     * @param directory a model's directory
     * @return the open files; the caller closes them
     * @throws InvalidTorchFileException if a file of torch.save is damaged, or holds what is
     *     refused
     * @throws IOException if there are none, one is not valid, or two hold the same tensor
     */
    public static WeightFiles open(Path directory) throws IOException {
        WeightFiles model = new WeightFiles();
        return Opened.orClose(model, () -> model.read(directory));
    }

    private WeightFiles read(Path directory) throws IOException {
        if (!Files.isDirectory(directory)) {
            throw new NoSuchFileException(
                    directory.toString(), null, "expected a model's directory");
        }
        if (!isPickled(directory)) {
            SafeTensors file = SafeTensors.open(directory);
            open.add(file::close);
            tensors.putAll(LazyTensor.allOf(file));
        } else if (Files.exists(directory.resolve(PICKLED))) {
            readPickled(directory.resolve(PICKLED));
        } else {
            Path index = directory.resolve(PICKLED_INDEX);
            for (String shard : new LinkedHashSet<>(ShardIndex.read(index).values())) {
                readPickled(ShardIndex.resolve(index, shard));
            }
        }
        return this;
    }

    private void readPickled(Path file) throws IOException {
        TorchFile pickled = TorchFile.open(file);
        open.add(pickled::close);
        Map<String, LazyTensor> root = pickled.stateDicts().get("");
        if (root == null) {
            throw new InvalidTorchFileException(file, "expected a state dict, found none");
        }
        for (Map.Entry<String, LazyTensor> entry : root.entrySet()) {
            if (tensors.put(entry.getKey(), entry.getValue()) != null) {
                throw new InvalidTorchFileException(
                        file,
                        "the tensor " + entry.getKey() + " is in another file of the model too");
            }
        }
    }

    /**
     * Returns the tensors, which are read when they are asked for.
     *
     * @return by their names in the files
     */
    public Map<String, LazyTensor> tensors() {
        return Collections.unmodifiableMap(tensors);
    }

    /** Closes the files; their tensors cannot be read afterwards. */
    @Override
    public void close() throws IOException {
        IOException failure = null;
        for (Closeable file : open) {
            try {
                file.close();
            } catch (IOException | RuntimeException e) {
                failure = new IOException("a file of the model could not be closed", e);
            }
        }
        if (failure != null) {
            throw failure;
        }
    }
}
