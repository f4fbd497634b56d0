/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.hf.hub;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Finds a model directory: one that the user names, one in the Hugging Face cache, or one that is
 * downloaded into that cache.
 *
 * <p>A model that is complete in the cache is used as it is, without asking the network, so that a
 * run repeats; a new revision is had by naming it. Safe for concurrent use by threads and
 * processes.
 */
public final class Hub {
    private static final Logger LOG = LoggerFactory.getLogger(Hub.class);

    /** A model has some twenty; a listing may name any number. */
    private static final int MOST_SMALL_FILES = 200;

    private static final List<String> OTHER_WEIGHTS =
            List.of(".safetensors", ".bin", ".pt", ".pth", ".ckpt", ".gguf", ".h5", ".msgpack");

    private final HubSettings settings;
    private final HubCache cache;
    private final HubHttp http;
    private final HubApi api;

    /**
     * Makes a hub.
     *
     * @param settings the endpoint, the cache and the token
     */
    public Hub(HubSettings settings) {
        this(settings, HubHttp.Waits.STANDARD);
    }

    Hub(HubSettings settings, HubHttp.Waits waits) {
        this.settings = settings;
        this.cache = new HubCache(settings.cache());
        this.http = new HubHttp(settings, waits);
        this.api = new HubApi(http, settings);
    }

    /**
     * The directory of a model.
     *
     * @param model an existing directory, or "org/name", "name", either with "@revision"
     * @param listener told of downloads; see {@link DownloadListener#NONE}
     * @return a directory with config.json and weights (safetensors, else pytorch_model.bin), and
     *     what the model has of tokenizer files; a directory that the user named is returned
     *     unchecked
     * @throws IllegalArgumentException if the text is neither a directory nor a model's name
     * @throws HubException if the model cannot be had; says where it was looked for and what to do
     * @throws IOException if the cache cannot be read or written
     */
    public Path resolve(String model, DownloadListener listener) throws IOException {
        Optional<Path> directory = directory(model);
        if (directory.isPresent()) {
            return directory.get();
        }
        requireNoFile(model);
        ModelId id = parse(model);
        Optional<Path> cached = cache.find(id).filter(HubCache::hasModel);
        if (cached.isPresent()
                && (settings.offline()
                        || Files.isRegularFile(cached.get().resolve("tokenizer.json")))) {
            return cached.get();
        }
        if (settings.offline()) {
            throw absent(id, "HF_HUB_OFFLINE or TRANSFORMERS_OFFLINE forbids the network", null);
        }
        HubApi.Listing listing;
        try {
            listing = api.list(id);
        } catch (NetworkException e) {
            if (cached.isPresent()) {
                LOG.warn(
                        "{}: {}; using the cached model without tokenizer.json",
                        id,
                        e.getMessage());
                return cached.get();
            }
            throw absent(
                    id, settings.endpoint() + " cannot be reached (" + e.getMessage() + ")", e);
        }
        return download(id, listing, listener);
    }

    private static Optional<Path> directory(String model) {
        try {
            Path path = Path.of(model);
            return !model.isEmpty() && Files.isDirectory(path)
                    ? Optional.of(path)
                    : Optional.empty();
        } catch (InvalidPathException e) {
            return Optional.empty();
        }
    }

    private static void requireNoFile(String model) throws IOException {
        try {
            if (Files.exists(Path.of(model)) && !model.isEmpty()) {
                throw new IOException(
                        model
                                + ": is a file; expected the directory of a model, such as the one"
                                + " that the file is in");
            }
        } catch (InvalidPathException e) {
            LOG.trace("{} is no path", model, e);
        }
    }

    private static ModelId parse(String model) {
        try {
            return ModelId.parse(model);
        } catch (IllegalArgumentException e) {
            throw new IllegalArgumentException(
                    "model '"
                            + model
                            + "': there is no such directory, and it is no name of a model: "
                            + e.getMessage(),
                    e);
        }
    }

    private Path download(ModelId id, HubApi.Listing listing, DownloadListener listener)
            throws IOException {
        Path snapshot = cache.snapshot(id, listing.commit());
        Set<String> first = new LinkedHashSet<>();
        if (listing.files().contains("config.json")) {
            first.add("config.json");
        }
        listing.files().stream()
                .filter(name -> SmallFiles.kind(name) != null)
                .limit(MOST_SMALL_FILES)
                .forEach(first::add);
        if (!first.contains("config.json")) {
            throw new HubException("model " + id + ": it has no config.json, so it is no model");
        }
        String weights =
                HubCache.weights(listing.files()::contains)
                        .orElseThrow(() -> noWeights(id, listing));
        first.add(weights);
        fetch(id, listing.commit(), snapshot, first, listener);
        fetch(id, listing.commit(), snapshot, HubCache.shards(snapshot, weights), listener);
        cache.writeRef(id, listing.commit());
        return snapshot;
    }

    private void fetch(
            ModelId id, String commit, Path snapshot, Set<String> names, DownloadListener listener)
            throws IOException {
        List<RemoteFile> missing = new ArrayList<>();
        long bytes = 0;
        for (String name : names) {
            if (!Files.isRegularFile(snapshot.resolve(name))) {
                RemoteFile file = api.describe(id, commit, name);
                missing.add(file);
                bytes += Math.max(0, file.size());
            }
        }
        if (missing.isEmpty()) {
            return;
        }
        Path blobs = Files.createDirectories(cache.blobs(id));
        requireSpace(id, blobs, bytes);
        for (int i = 0; i < missing.size(); i++) {
            RemoteFile file = missing.get(i);
            DownloadMeter meter =
                    new DownloadMeter(listener, id.toString(), file.name(), i + 1, missing.size());
            Path blob = new BlobDownload(http, api, id, file, meter).into(blobs, cache.locks(id));
            HubCache.link(blob, snapshot.resolve(file.name()));
        }
    }

    private static void requireSpace(ModelId id, Path blobs, long bytes) throws IOException {
        long free = Files.getFileStore(blobs).getUsableSpace();
        if (bytes > free) {
            throw new HubException(
                    "model "
                            + id
                            + ": needs "
                            + (bytes >> 20)
                            + " MiB, but "
                            + blobs
                            + " has "
                            + (free >> 20)
                            + " MiB free; make room or set HF_HUB_CACHE");
        }
    }

    private static HubException noWeights(ModelId id, HubApi.Listing listing) {
        List<String> others =
                listing.files().stream().filter(Hub::isOtherWeights).limit(3).toList();
        return new HubException(
                "model "
                        + id
                        + ": it has no model.safetensors and no pytorch_model.bin, whole or in"
                        + " shards"
                        + (others.isEmpty()
                                ? ""
                                : ", only "
                                        + String.join(", ", others)
                                        + "; convert it in Python (save_pretrained) or name a model"
                                        + " or revision with safetensors"));
    }

    private static boolean isOtherWeights(String name) {
        return OTHER_WEIGHTS.stream().anyMatch(name::endsWith);
    }

    private HubException absent(ModelId id, String why, @Nullable Throwable cause) {
        return new HubException(
                "model "
                        + id
                        + " is not in the cache ("
                        + cache.model(id)
                        + ") and "
                        + why
                        + ". Three ways out: run once with a network that reaches "
                        + settings.endpoint()
                        + "; or copy the model into the cache from a machine that has it (hf"
                        + " download "
                        + id.repository()
                        + "), HF_HUB_CACHE names another cache; or name a directory that holds"
                        + " config.json, tokenizer.json and model.safetensors",
                cause);
    }
}
