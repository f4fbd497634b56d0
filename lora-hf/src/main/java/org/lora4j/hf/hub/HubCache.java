/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.hf.hub;

import com.google.gson.JsonObject;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.Predicate;
import org.lora4j.files.AtomicFiles;
import org.lora4j.json.JsonFile;

/**
 * The Hugging Face cache on disk: for each model {@code refs/<revision>} holds a commit, {@code
 * blobs/<etag>} the bytes, and {@code snapshots/<commit>/} links to them by file name.
 *
 * @param directory the cache, which need not exist
 */
record HubCache(Path directory) {
    private static final String INDEX = ".index.json";

    /** A model's weights in the order in which they are looked for, each whole or as an index. */
    private static final List<String> WEIGHTS =
            List.of(
                    "model.safetensors",
                    "model.safetensors" + INDEX,
                    "pytorch_model.bin",
                    "pytorch_model.bin" + INDEX);

    private static final long MAX_REF_BYTES = 256;

    Path model(ModelId id) {
        return directory.resolve(id.folder());
    }

    Path blobs(ModelId id) {
        return model(id).resolve("blobs");
    }

    Path locks(ModelId id) {
        return directory.resolve(".locks").resolve(id.folder());
    }

    Path snapshot(ModelId id, String commit) {
        return model(id).resolve("snapshots").resolve(commit);
    }

    /** Returns the snapshot that the revision names, if its folder exists, complete or not. */
    Optional<Path> find(ModelId id) throws IOException {
        String commit = id.revision();
        if (!id.isCommit()) {
            Path ref = model(id).resolve("refs").resolve(id.revision());
            if (!Files.isRegularFile(ref) || Files.size(ref) > MAX_REF_BYTES) {
                return Optional.empty();
            }
            commit = Files.readString(ref).strip();
        }
        Path snapshot = snapshot(id, commit);
        return ModelId.isCommit(commit) && Files.isDirectory(snapshot)
                ? Optional.of(snapshot)
                : Optional.empty();
    }

    /** Returns whether a snapshot has a config and all weights, so that a model can be loaded. */
    static boolean hasModel(Path snapshot) {
        if (!Files.isRegularFile(snapshot.resolve("config.json"))) {
            return false;
        }
        Optional<String> weights = weights(name -> Files.isRegularFile(snapshot.resolve(name)));
        try {
            return weights.isPresent()
                    && shards(snapshot, weights.get()).stream()
                            .allMatch(shard -> Files.isRegularFile(snapshot.resolve(shard)));
        } catch (IOException e) {
            return false;
        }
    }

    /** Returns the file that a model's weights are loaded from, or the index of their shards. */
    static Optional<String> weights(Predicate<String> isThere) {
        return WEIGHTS.stream().filter(isThere).findFirst();
    }

    /** Returns the files that an index names, each checked to stay in its directory. */
    static Set<String> shards(Path snapshot, String weights) throws IOException {
        if (!weights.endsWith(INDEX)) {
            return Set.of();
        }
        Path index = snapshot.resolve(weights);
        Set<String> shards = new TreeSet<>();
        try {
            JsonObject root = JsonFile.readObject(index);
            JsonObject map = root.getAsJsonObject("weight_map");
            if (map == null) {
                throw new HubException(index + ": no weight_map in the index");
            }
            for (String tensor : map.keySet()) {
                shards.add(RemoteFile.checkedName(map.get(tensor).getAsString()));
            }
        } catch (IllegalStateException | ClassCastException | UnsupportedOperationException e) {
            throw new HubException(index + ": not an index of shards (" + e.getMessage() + ")", e);
        }
        if (shards.isEmpty()) {
            throw new HubException(index + ": the index names no shards");
        }
        return shards;
    }

    /** Writes down which commit a revision is. */
    void writeRef(ModelId id, String commit) throws IOException {
        if (!id.isCommit()) {
            Path ref = model(id).resolve("refs").resolve(id.revision());
            Files.createDirectories(ref.resolveSibling(""));
            AtomicFiles.write(ref, AtomicFiles.Content.of(commit));
        }
    }

    /** Links a blob into a snapshot by its name, or copies it where links are not possible. */
    static void link(Path blob, Path file) throws IOException {
        Path parent = Files.createDirectories(file.resolveSibling(""));
        Path temporary = AtomicFiles.temporary(file);
        try {
            try {
                Files.createSymbolicLink(
                        temporary, parent.toRealPath().relativize(blob.toRealPath()));
            } catch (UnsupportedOperationException | IOException | SecurityException e) {
                copy(blob, temporary);
            }
            Files.move(temporary, file, StandardCopyOption.REPLACE_EXISTING);
        } finally {
            Files.deleteIfExists(temporary);
        }
    }

    /**
     * Links or copies a blob: Windows has symbolic links for some users only; hard links need no
     * space.
     */
    static void copy(Path blob, Path target) throws IOException {
        Files.deleteIfExists(target);
        try {
            Files.createLink(target, blob);
        } catch (UnsupportedOperationException | IOException e) {
            Files.copy(blob, target, StandardCopyOption.REPLACE_EXISTING);
        }
    }
}
