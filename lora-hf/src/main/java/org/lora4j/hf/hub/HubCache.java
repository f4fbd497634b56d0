/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.hf.hub;

import com.google.gson.JsonObject;
import java.io.IOException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.UUID;
import java.util.function.Predicate;
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

    /** The snapshot that the revision names, if its folder is there, complete or not. */
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

    /** Whether a model can be loaded from a snapshot: config and weights, whole. */
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

    /** The file that a model's weights are loaded from, or the index of their shards. */
    static Optional<String> weights(Predicate<String> isThere) {
        return WEIGHTS.stream().filter(isThere).findFirst();
    }

    /** The files that an index names, each checked to stay in its directory; none of weights. */
    static Set<String> shards(Path snapshot, String weights) throws IOException {
        return weights.endsWith(INDEX) ? shards(snapshot.resolve(weights)) : Set.of();
    }

    private static Set<String> shards(Path index) throws IOException {
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

    /** Notes which commit a revision is; whole or not at all. */
    void writeRef(ModelId id, String commit) throws IOException {
        if (id.isCommit()) {
            return;
        }
        Path ref = model(id).resolve("refs").resolve(id.revision());
        Path parent = ref.getParent();
        if (parent != null) {
            Files.createDirectories(parent);
        }
        Path temporary = sibling(ref);
        try {
            Files.writeString(temporary, commit);
            Files.move(temporary, ref, StandardCopyOption.REPLACE_EXISTING);
        } finally {
            Files.deleteIfExists(temporary);
        }
    }

    /** Puts a blob into a snapshot under its name: a link where possible, otherwise a copy. */
    static void link(Path blob, Path file) throws IOException {
        Path parent = file.getParent();
        if (parent == null) {
            throw new IllegalArgumentException(file + " has no directory");
        }
        Files.createDirectories(parent);
        Path temporary = sibling(file);
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

    /** Windows makes symbolic links only for some users; a hard link costs no space either. */
    static void copy(Path blob, Path target) throws IOException {
        Files.deleteIfExists(target);
        try {
            Files.createLink(target, blob);
        } catch (UnsupportedOperationException | FileAlreadyExistsException e) {
            Files.copy(blob, target, StandardCopyOption.REPLACE_EXISTING);
        } catch (IOException e) {
            Files.copy(blob, target);
        }
    }

    private static Path sibling(Path file) {
        return file.resolveSibling(file.getFileName() + "." + UUID.randomUUID() + ".tmp");
    }
}
