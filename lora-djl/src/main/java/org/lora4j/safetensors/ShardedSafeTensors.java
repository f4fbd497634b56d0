/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.safetensors;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import org.lora4j.files.Excerpt;
import org.lora4j.torch.TensorDtype;

/** A model in several safetensors files, found by their index. Thread-safe. */
public final class ShardedSafeTensors implements SafeTensors {
    private final Path index;
    private final List<SafeTensorsFile> shards;
    private final Map<String, SafeTensorsFile> shardOf;
    private final Map<String, String> metadata;

    private ShardedSafeTensors(
            Path index, List<SafeTensorsFile> shards, Map<String, SafeTensorsFile> shardOf) {
        this.index = index;
        this.shards = shards;
        this.shardOf = Collections.unmodifiableMap(shardOf);
        Map<String, String> merged = new LinkedHashMap<>();
        for (SafeTensorsFile shard : shards) {
            shard.metadata().forEach(merged::putIfAbsent);
        }
        this.metadata = Collections.unmodifiableMap(merged);
    }

    /**
     * Opens an index and every shard that it names.
     *
     * @param index the index file, usually {@value SafeTensors#INDEX_FILE}
     * @return the open model; the caller closes it
     * @throws InvalidSafeTensorsException if the index names a file outside its directory, a file
     *     that is missing, or a tensor that its shard lacks; if two shards hold the same tensor; or
     *     if a shard is not valid
     * @throws IOException if a file cannot be read
     */
    public static ShardedSafeTensors open(Path index) throws IOException {
        Map<String, String> weightMap = ShardIndex.read(index);
        List<SafeTensorsFile> shards = new ArrayList<>();
        try {
            Map<String, SafeTensorsFile> shardOf = openAll(index, weightMap, shards);
            checkPlaces(index, weightMap, shardOf);
            return new ShardedSafeTensors(index, List.copyOf(shards), shardOf);
        } catch (IOException | RuntimeException e) {
            shards.forEach(SafeTensorsFile::close);
            throw e;
        }
    }

    private static Map<String, SafeTensorsFile> openAll(
            Path index, Map<String, String> weightMap, List<SafeTensorsFile> shards)
            throws IOException {
        Map<String, SafeTensorsFile> shardOf = new LinkedHashMap<>();
        for (String fileName : new TreeSet<>(weightMap.values())) {
            Path file = ShardIndex.resolve(index, fileName);
            if (!Files.isRegularFile(file)) {
                throw new InvalidSafeTensorsException(
                        index, null, "a shard " + Excerpt.of(fileName), "no such file");
            }
            SafeTensorsFile shard = SafeTensorsFile.open(file);
            shards.add(shard);
            for (String name : shard.names()) {
                SafeTensorsFile other = shardOf.put(name, shard);
                if (other != null) {
                    throw new InvalidSafeTensorsException(
                            index,
                            name,
                            "the tensor in one shard",
                            "it in " + other.path().getFileName() + " and " + fileName);
                }
            }
        }
        return shardOf;
    }

    private static void checkPlaces(
            Path index, Map<String, String> weightMap, Map<String, SafeTensorsFile> shardOf)
            throws IOException {
        for (Map.Entry<String, String> entry : weightMap.entrySet()) {
            SafeTensorsFile shard = shardOf.get(entry.getKey());
            Path expected = ShardIndex.resolve(index, entry.getValue());
            if (shard == null || !shard.path().equals(expected)) {
                throw new InvalidSafeTensorsException(
                        index,
                        entry.getKey(),
                        "the tensor in " + Excerpt.of(entry.getValue()),
                        shard == null ? "it in no shard" : "it in " + shard.path().getFileName());
            }
        }
    }

    @Override
    public Set<String> names() {
        return shardOf.keySet();
    }

    @Override
    public TensorInfo info(String name) {
        return shard(name).info(name);
    }

    @Override
    public Map<String, String> metadata() {
        return metadata;
    }

    @Override
    public NDArray read(NDManager manager, String name) throws IOException {
        return shard(name).read(manager, name);
    }

    @Override
    public NDArray readAs(NDManager manager, String name, TensorDtype dtype) throws IOException {
        return shard(name).readAs(manager, name, dtype);
    }

    @Override
    public NDArray readBytes(NDManager manager, String name) throws IOException {
        return shard(name).readBytes(manager, name);
    }

    @Override
    public void readInto(String name, long offset, ByteBuffer target) throws IOException {
        shard(name).readInto(name, offset, target);
    }

    @Override
    public void close() {
        shards.forEach(SafeTensorsFile::close);
    }

    private SafeTensorsFile shard(String name) {
        SafeTensorsFile shard = shardOf.get(name);
        if (shard == null) {
            throw new IllegalArgumentException(
                    "No tensor '" + name + "' in the shards of " + index);
        }
        return shard;
    }
}
