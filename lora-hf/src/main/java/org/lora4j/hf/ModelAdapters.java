/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.hf;

import java.io.IOException;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.lora4j.adapter.PeftConfigFile;
import org.lora4j.adapter.PeftDirectories;
import org.lora4j.block.AdaptedLayer;
import org.lora4j.block.AdapterSelection;
import org.lora4j.core.Combination;
import org.lora4j.core.LoraConfig;
import org.lora4j.djl.BlockTree;
import org.lora4j.djl.Injection;
import org.lora4j.djl.Lora;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The adapters of a model by name, each with what its configuration file holds. */
final class ModelAdapters {
    private static final Logger logger = LoggerFactory.getLogger(ModelAdapters.class);

    private final LoadedModel model;
    private final Map<String, PeftConfigFile> files = new LinkedHashMap<>();

    /** Where adapters that were loaded came from. */
    private final Map<String, Path> directories = new LinkedHashMap<>();

    ModelAdapters(LoadedModel model) {
        this.model = model;
    }

    Set<String> names() {
        return Set.copyOf(files.keySet());
    }

    /** Refuses what a model with adapters cannot do. */
    void requireNone(String instead) {
        if (!isEmpty()) {
            throw new IllegalStateException("the model has adapters " + names() + "; " + instead);
        }
    }

    boolean isEmpty() {
        return files.isEmpty();
    }

    PeftConfigFile require(String name) {
        PeftConfigFile file = files.get(name);
        if (file == null) {
            throw new IllegalArgumentException(
                    "no adapter \"" + name + "\"; the model has " + files.keySet());
        }
        return file;
    }

    private void requireFree(String name) {
        if (files.containsKey(name)) {
            throw new IllegalArgumentException(
                    "the model already has an adapter \"" + name + "\"; choose another name");
        }
    }

    List<AdaptedLayer> layers() {
        return BlockTree.hosts(model.block()).stream()
                .filter(AdaptedLayer.class::isInstance)
                .map(AdaptedLayer.class::cast)
                .toList();
    }

    Injection add(String name, LoraConfig config) {
        requireFree(name);
        Injection injection = NewAdapter.add(model, name, config);
        files.put(name, AdapterSaver.describe(model, injection.config()));
        return injection;
    }

    Injection addWeighted(String name, AdapterSelection parts, Combination combination) {
        requireFree(name);
        parts.weights().keySet().forEach(this::require);
        Injection injection = Lora.addWeightedAdapter(model.block(), name, parts, combination);
        parts.weights().keySet().forEach(part -> model.ends().add(name, model.ends().of(part)));
        PeftConfigFile first = require(parts.weights().keySet().iterator().next());
        files.put(name, first.withLora(injection.config()));
        return injection;
    }

    Injection load(String name, Path directory) throws IOException {
        requireFree(name);
        AdapterLoader.Loaded adapter = AdapterLoader.load(model, name, directory);
        files.put(name, adapter.file());
        model.ends().add(name, adapter.endTokens());
        directories.put(name, directory);
        return adapter.injection();
    }

    /** Loads every adapter of a directory, or none. */
    List<String> loadAll(Path directory) throws IOException {
        Map<String, Path> found = PeftDirectories.find(directory);
        if (found.isEmpty()) {
            throw new NoSuchFileException(
                    directory.toString(), null, "expected adapters in it or in directories below");
        }
        found.keySet().forEach(this::requireFree);
        AdapterSelection before = model.block().loraContext().active().current();
        List<String> loaded = new ArrayList<>();
        try {
            for (Map.Entry<String, Path> adapter : found.entrySet()) {
                load(adapter.getKey(), adapter.getValue());
                loaded.add(adapter.getKey());
            }
        } catch (IOException | RuntimeException e) {
            loaded.forEach(this::delete);
            model.block().loraContext().active().setDefault(before);
            throw e;
        }
        model.block().loraContext().active().setDefault(AdapterSelection.of(loaded.get(0)));
        return loaded;
    }

    void save(String name, Path directory) throws IOException {
        AdapterSaver.save(model, require(name), name, directory);
    }

    void saveAll(Path directory) throws IOException {
        if (files.isEmpty()) {
            throw new IllegalStateException("the model has no adapters to save; add one first");
        }
        Map<String, Path> places = new LinkedHashMap<>();
        files.keySet().forEach(name -> places.put(name, PeftDirectories.of(directory, name)));
        for (Map.Entry<String, Path> place : places.entrySet()) {
            save(place.getKey(), place.getValue());
        }
    }

    void delete(String name) {
        require(name);
        Lora.eject(model.block(), name);
        files.remove(name);
        model.ends().remove(name);
        directories.remove(name);
    }

    /**
     * Returns the directory of the one active adapter that brings a tokenizer or chat templates of
     * its own, or null where none does. Where several do, it is not known which are meant.
     */
    @Nullable Path mergedDirectory() {
        List<Path> found = new ArrayList<>();
        for (String name : model.block().loraContext().active().current().weights().keySet()) {
            Path directory = directories.get(name);
            if (directory != null && ModelFiles.isBroughtBy(directory)) {
                found.add(directory);
            }
        }
        if (found.size() > 1) {
            logger.warn(
                    "{} bring a tokenizer or chat templates each; the base's own are kept", found);
        }
        return found.size() == 1 ? found.get(0) : null;
    }

    void deleteAll() {
        Lora.eject(model.block());
        model.block().loraContext().active().setDefault(AdapterSelection.none());
        files.keySet().forEach(model.ends()::remove);
        files.clear();
        directories.clear();
    }
}
