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
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Finds a model's directory: one that the user names, one in the Hugging Face cache, or one that is
 * downloaded into that cache.
 *
 * <p>A model that is complete in the cache is used without asking the network, so that runs repeat;
 * name a revision to get a newer one. Safe for concurrent use by threads and processes.
 */
public final class Hub {
    private static final Logger LOG = LoggerFactory.getLogger(Hub.class);

    /** A model has about twenty; a listing may name any number. */
    private static final int MOST_SMALL_FILES = 200;

    private static final List<String> OTHER_WEIGHTS =
            List.of(".safetensors", ".bin", ".pt", ".pth", ".ckpt", ".gguf", ".h5", ".msgpack");

    private final HubSettings settings;
    private final HubCache cache;
    private final HubHttp http;
    private final HubApi api;

    /** Creates a hub. */
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
     * Returns the directory of a model.
     *
     * @param model an existing directory, or "org/name" or "name", either with "@revision"
     * @param listener notified of downloads; see {@link DownloadListener#NONE}
     * @return a directory with config.json, weights (safetensors, else pytorch_model.bin) and the
     *     model's tokenizer files; a directory that the user named is returned unchecked
     * @throws IllegalArgumentException if the text is neither a directory nor a model's name
     * @throws HubException if the model is not available; the message says where it was looked for
     *     and what to do
     * @throws IOException if the cache cannot be read or written
     */
    public Path resolve(String model, DownloadListener listener) throws IOException {
        Path path = path(model);
        if (path != null && Files.isDirectory(path)) {
            return path;
        }
        if (path != null && Files.exists(path)) {
            throw new IOException(
                    model
                            + ": is a file; expected the directory of a model, such as the one that"
                            + " the file is in");
        }
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
            String why = e.getMessage();
            if (cached.isPresent()) {
                LOG.warn("{}: {}; using the cached model without tokenizer.json", id, why);
                return cached.get();
            }
            throw absent(id, settings.endpoint() + " cannot be reached (" + why + ")", e);
        }
        return download(id, listing, listener);
    }

    private static @Nullable Path path(String model) {
        try {
            return model.isEmpty() ? null : Path.of(model);
        } catch (InvalidPathException e) {
            return null;
        }
    }

    private static ModelId parse(String model) {
        try {
            return ModelId.parse(model);
        } catch (IllegalArgumentException e) {
            throw new IllegalArgumentException(
                    "model '%s': there is no such directory, and it is no name of a model: %s"
                            .formatted(model, e.getMessage()),
                    e);
        }
    }

    private Path download(ModelId id, HubApi.Listing listing, DownloadListener listener)
            throws IOException {
        if (!listing.files().contains("config.json")) {
            throw new HubException("model " + id + ": it has no config.json, so it is no model");
        }
        Set<String> first = new LinkedHashSet<>(List.of("config.json"));
        listing.files().stream()
                .filter(name -> SmallFiles.kind(name) != null)
                .limit(MOST_SMALL_FILES)
                .forEach(first::add);
        String weights =
                HubCache.weights(listing.files()::contains)
                        .orElseThrow(() -> noWeights(id, listing));
        first.add(weights);
        Path snapshot = cache.snapshot(id, listing.commit());
        fetch(id, listing.commit(), snapshot, first, listener);
        fetch(id, listing.commit(), snapshot, HubCache.shards(snapshot, weights), listener);
        cache.writeRef(id, listing.commit());
        return snapshot;
    }

    private void fetch(
            ModelId id, String commit, Path snapshot, Set<String> names, DownloadListener listener)
            throws IOException {
        List<RemoteFile> missing = new ArrayList<>();
        for (String name : names) {
            if (!Files.isRegularFile(snapshot.resolve(name))) {
                missing.add(api.describe(id, commit, name));
            }
        }
        if (missing.isEmpty()) {
            return;
        }
        Path blobs = Files.createDirectories(cache.blobs(id));
        requireSpace(id, blobs, missing.stream().mapToLong(f -> Math.max(0, f.size())).sum());
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
                    "model %s: needs %d MiB, but %s has %d MiB free; make room or set HF_HUB_CACHE"
                            .formatted(id, bytes >> 20, blobs, free >> 20));
        }
    }

    private static HubException noWeights(ModelId id, HubApi.Listing listing) {
        String others =
                listing.files().stream()
                        .filter(name -> OTHER_WEIGHTS.stream().anyMatch(name::endsWith))
                        .limit(3)
                        .collect(Collectors.joining(", "));
        String advice =
                ", only %s; convert it in Python (save_pretrained) or name a model or revision with"
                        + " safetensors";
        return new HubException(
                "model "
                        + id
                        + ": it has no model.safetensors and no pytorch_model.bin, whole or in"
                        + " shards"
                        + (others.isEmpty() ? "" : advice.formatted(others)));
    }

    private HubException absent(ModelId id, String why, @Nullable Throwable cause) {
        return new HubException(
                ("model %s is not in the cache (%s) and %s. Three ways out: run once with a network"
                     + " that reaches %s; or copy the model into the cache from a machine that has"
                     + " it (hf download %s), HF_HUB_CACHE names another cache; or name a directory"
                     + " that holds config.json, tokenizer.json and model.safetensors")
                        .formatted(id, cache.model(id), why, settings.endpoint(), id.repository()),
                cause);
    }
}
