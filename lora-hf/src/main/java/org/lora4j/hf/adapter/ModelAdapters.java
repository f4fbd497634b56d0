/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.hf.adapter;

import java.io.IOException;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import org.lora4j.adapter.PeftConfigFile;
import org.lora4j.adapter.PeftDirectories;
import org.lora4j.block.ActiveAdapters;
import org.lora4j.block.AdapterHost;
import org.lora4j.block.AdapterRows;
import org.lora4j.block.AdapterSelection;
import org.lora4j.block.layer.TreeMerge;
import org.lora4j.block.pass.AdapterVersion;
import org.lora4j.block.pass.SelectedAdapters;
import org.lora4j.core.AdapterConfig;
import org.lora4j.core.Bias;
import org.lora4j.core.Combination;
import org.lora4j.core.LoraConfig;
import org.lora4j.core.variant.LoraVariant;
import org.lora4j.djl.AdapterFiles;
import org.lora4j.djl.AdapterRemoval;
import org.lora4j.djl.BlockTree;
import org.lora4j.djl.Injection;
import org.lora4j.djl.Lora;
import org.lora4j.djl.UnpublishedAdapter;
import org.lora4j.hf.base.LoadedModel;
import org.lora4j.hf.base.ModelFiles;
import org.lora4j.hf.base.ModelLife;
import org.lora4j.hf.base.ModelSaver;
import org.lora4j.hf.model.ModelTensors;
import org.lora4j.hf.model.TrainableParameters;
import org.lora4j.torch.TensorDtype;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The adapters of a model by name, each with its configuration file. Thread-safe: changes run one
 * after another, and the names can be read at any time.
 */
public final class ModelAdapters {
    private static final Logger logger = LoggerFactory.getLogger(ModelAdapters.class);

    private final LoadedModel model;
    private final ModelLife life;
    private volatile Map<String, PeftConfigFile> files = Map.of();

    /** The directories of the adapters that were loaded. */
    private final Map<String, Path> directories = new ConcurrentHashMap<>();

    public ModelAdapters(LoadedModel model, ModelLife life) {
        this.model = model;
        this.life = life;
    }

    public Set<String> names() {
        return files.keySet();
    }

    /** Checks that the model has no adapters. */
    private void requireNone(String instead) {
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
                    "no adapter \"" + name + "\"; the model has " + names());
        }
        return file;
    }

    private void requireFree(String name) {
        if (files.containsKey(name)) {
            throw new IllegalArgumentException(
                    "the model already has an adapter \"" + name + "\"; choose another name");
        }
    }

    /** Checks that no training runs, which a change would disturb. */
    void requireNoTraining(String attempt) {
        requireNone(active().inTraining(), attempt);
    }

    private void requireNotTraining(String name, String attempt) {
        boolean trains = active().inTraining().contains(name);
        requireNone(trains ? Set.of(name) : Set.of(), attempt);
    }

    private static void requireNone(Set<String> trained, String attempt) {
        if (!trained.isEmpty()) {
            throw new IllegalStateException(
                    "%s while a training runs with the adapters %s; expected that it has ended"
                            .formatted(attempt, trained));
        }
    }

    private ActiveAdapters active() {
        return model.active();
    }

    List<AdapterHost> hosts() {
        return BlockTree.hosts(model.block());
    }

    private synchronized void put(String name, PeftConfigFile file) {
        Map<String, PeftConfigFile> next = new LinkedHashMap<>(files);
        next.put(name, file);
        files = Collections.unmodifiableMap(next);
    }

    public Injection add(String name, AdapterConfig config) {
        try (ModelLife.Change change = life.change()) {
            requireFree(name);
            requireNoTraining("an adapter that trains cannot be added");
            Injection injection = AdapterCreator.create(model, name, config);
            put(name, AdapterSaver.describe(model, injection.config()));
            return injection;
        }
    }

    public Injection addWeighted(String name, AdapterSelection parts, Combination combination) {
        try (ModelLife.Change change = life.change()) {
            requireFree(name);
            parts.weights().keySet().forEach(this::require);
            Injection injection = Lora.addWeightedAdapter(model.block(), name, parts, combination);
            parts.weights().keySet().forEach(part -> model.ends().add(name, model.ends().of(part)));
            PeftConfigFile first = require(parts.weights().keySet().iterator().next());
            put(name, first.withMethod(injection.config()));
            return injection;
        }
    }

    /** Loads an adapter and makes it the only active one. */
    public Injection load(String name, Path directory) throws IOException {
        return load(name, directory, UnpublishedAdapter::publish);
    }

    /** Loads an adapter; which adapters are active, and what trains, stays as it is. */
    public Injection loadInactive(String name, Path directory) throws IOException {
        return load(name, directory, UnpublishedAdapter::publishBeside);
    }

    private Injection load(
            String name, Path directory, Function<UnpublishedAdapter, Injection> publication)
            throws IOException {
        try (ModelLife.Change change = life.change()) {
            requireFree(name);
            AdapterLoader.Staged staged = AdapterLoader.stage(model, name, directory);
            loadExperts(staged, directory);
            model.ends().add(name, staged.endTokens()); // known when the first pass sees it
            Injection injection = publication.apply(staged.adapter());
            put(name, staged.file());
            directories.put(name, directory);
            return injection;
        }
    }

    /** Loads the adapters among which one of Arrow chooses; if that fails, discards it. */
    private void loadExperts(AdapterLoader.Staged router, Path directory) throws IOException {
        Map<String, AdapterLoader.Staged> experts;
        try {
            experts = ArrowExperts.stage(model, names(), router.file(), directory);
        } catch (IOException | RuntimeException e) {
            router.adapter().discard();
            throw e;
        }
        experts.forEach(
                (expert, staged) -> {
                    model.ends().add(expert, staged.endTokens());
                    staged.adapter().publishBeside();
                    put(expert, staged.file());
                    directories.put(expert, directory.resolveSibling(expert));
                });
    }

    /** Loads every adapter of a directory, or none; they appear together. */
    public List<String> loadAll(Path directory) throws IOException {
        try (ModelLife.Change change = life.change()) {
            Map<String, Path> found = PeftDirectories.find(directory);
            if (found.isEmpty()) {
                String expected = "expected adapters in it or in directories below";
                throw new NoSuchFileException(directory.toString(), null, expected);
            }
            found.keySet().forEach(this::requireFree);
            Map<String, AdapterLoader.Staged> staged = new LinkedHashMap<>();
            try {
                for (String name : found.keySet()) {
                    staged.put(name, AdapterLoader.stage(model, name, found.get(name)));
                }
            } catch (IOException | RuntimeException e) {
                staged.values().forEach(adapter -> adapter.adapter().discard());
                throw e;
            }
            publish(staged);
            directories.putAll(found);
            return List.copyOf(staged.keySet());
        }
    }

    /** Publishes all of them; with the last one, the first becomes active. */
    private void publish(Map<String, AdapterLoader.Staged> staged) {
        AdapterSelection first = AdapterSelection.of(staged.keySet().iterator().next());
        int left = staged.size();
        for (Map.Entry<String, AdapterLoader.Staged> entry : staged.entrySet()) {
            left--;
            model.ends().add(entry.getKey(), entry.getValue().endTokens());
            entry.getValue().adapter().publish(left == 0 ? first : null);
            put(entry.getKey(), entry.getValue().file());
        }
    }

    /** Replaces an adapter and returns the old one, which is to be freed. */
    public AdapterRemoval replace(String name, Path directory) throws IOException {
        try (ModelLife.Change change = life.change()) {
            require(name);
            active().requireOutsidePass("the replacement of an adapter");
            requireNotTraining(name, "adapter \"" + name + "\" cannot be replaced");
            AdapterLoader.Staged staged = AdapterLoader.stage(model, name, directory);
            AdapterRemoval before = staged.adapter().publishInPlace();
            put(name, staged.file());
            directories.put(name, directory);
            model.ends().remove(name);
            model.ends().add(name, staged.endTokens());
            return before;
        }
    }

    public void save(String name, Path directory) throws IOException {
        try (ModelLife.Change change = life.change()) {
            AdapterSaver.save(model, require(name), name, AdapterFiles::export, directory);
        }
    }

    public void saveAsLora(String name, Path directory) throws IOException {
        try (ModelLife.Change change = life.change()) {
            AdapterSaver.save(model, require(name), name, AdapterFiles::exportAsLora, directory);
        }
    }

    public void saveAll(Path directory) throws IOException {
        try (ModelLife.Change change = life.change()) {
            if (files.isEmpty()) {
                throw new IllegalStateException("the model has no adapters to save; add one first");
            }
            Map<String, Path> places = new LinkedHashMap<>();
            files.keySet().forEach(name -> places.put(name, PeftDirectories.of(directory, name)));
            for (Map.Entry<String, Path> place : places.entrySet()) {
                save(place.getKey(), place.getValue());
            }
        }
    }

    /**
     * Returns the directory of the one active adapter that has a tokenizer or chat templates of its
     * own; null if none or several have.
     */
    private @Nullable Path mergedDirectory() {
        List<Path> found = new ArrayList<>();
        for (String name : active().getDefault().weights().keySet()) {
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

    /** Removes an adapter from the names and returns it, which is to be freed. */
    public AdapterRemoval delete(String name) {
        try (ModelLife.Change change = life.change()) {
            require(name);
            requireNotTraining(name, "adapter \"" + name + "\" cannot be deleted");
            return delete(Set.of(name));
        }
    }

    /** Makes adapters active for all threads; if one does not exist, nothing changes. */
    public void activate(AdapterSelection selection) {
        try (ModelLife.Change change = life.change()) {
            selection.weights().keySet().forEach(this::require);
            active().setDefault(selection);
        }
    }

    /** Opens a scope of a selection on the calling thread. */
    public ActiveAdapters.Scope use(AdapterSelection selection) {
        life.requireOpen();
        return active().useKnown(selection);
    }

    /** Opens a scope in which each text of a batch has adapters of its own. */
    public ActiveAdapters.Scope use(AdapterRows rows) {
        life.requireOpen();
        return active().useKnown(rows);
    }

    /** Returns how many parameters train, and how many there are. */
    public TrainableParameters count() {
        try (ModelLife.Change change = life.change()) {
            return ModelTensors.count(model.block());
        }
    }

    /** Saves the model, which must have no adapters. */
    public void saveModel(TensorDtype dtype, Path directory) throws IOException {
        try (ModelLife.Change change = life.change()) {
            requireNone("a checkpoint cannot hold them: mergeAndUnload() first, or saveAdapter");
            ModelSaver.save(model, dtype, directory);
        }
    }

    /** Changes the number of tokens, after running passes have ended. */
    public void resize(int tokens) {
        life.requireOpen();
        try (ActiveAdapters.Scope alone =
                        active().exclusively("the model's tables of tokens are being resized");
                ModelLife.Change change = life.change()) {
            requireNone("resizing expects none. Resize the model before adapters are added");
            VocabularyResizer.resize(model, tokens);
        }
    }

    /** Lets every weight train. */
    public void trainBase() {
        try (ModelLife.Change change = life.change()) {
            model.requireTrainable();
            requireNone("full fine-tuning expects none. Load the model anew");
            model.block().freezeParameters(false);
            model.drawn().clear();
        }
    }

    /** Lets an adapter train, and nothing else. */
    public void train(String name) {
        try (ModelLife.Change change = life.change()) {
            AdapterConfig config = require(name).method();
            requireNoTraining("another adapter cannot be made the one that trains");
            requireTrains(name, config);
            if (config instanceof LoraConfig lora
                    && lora.variant() instanceof LoraVariant.Monteclora) {
                logger.warn(
                        "\"{}\" is of MonteCLoRA: here its A and B train as LoRA's, and the sampler"
                                + " by which PEFT disturbs A in a training stays as it is",
                        name);
            }
            active().setDefault(AdapterSelection.of(name));
            Lora.markOnlyLoraAsTrainable(model.block(), config.bias());
        }
    }

    /** Lets some adapters train, all active by default, and nothing else. */
    public void train(List<String> names) {
        try (ModelLife.Change change = life.change()) {
            Set<Bias> biases = new LinkedHashSet<>();
            names.forEach(name -> biases.add(require(name).method().bias()));
            names.forEach(name -> requireTrains(name, require(name).method()));
            requireNoTraining("other adapters cannot be made those that train");
            if (biases.size() != 1) {
                throw new IllegalArgumentException(
                        "adapters that train together have the biases %s; expected one kind for all"
                                .formatted(biases));
            }
            active().setDefault(AdapterSelection.of(names.toArray(new String[0])));
            Lora.markOnlyLoraAsTrainable(model.block(), biases.iterator().next());
        }
    }

    private static void requireTrains(String name, AdapterConfig config) {
        if (ArrowExperts.isChoice(config)) {
            throw new IllegalArgumentException(
                    ("\"%s\" is of Arrow, which has nothing to train; train the adapters that it"
                                    + " chooses among by themselves")
                            .formatted(name));
        }
    }

    /** Merges the active adapters into copies of the weights, which passes use from then on. */
    public void merge() {
        try (ModelLife.Change change = life.change()) {
            TreeMerge.merge(active(), List.of(active().defaults()), hosts());
        }
    }

    /**
     * Merges each of some adapters into copies of the weights, for the passes that use it alone.
     */
    public void merge(Collection<String> names) {
        try (ModelLife.Change change = life.change()) {
            names.forEach(this::require);
            Map<String, AdapterVersion> versions = active().names().published().versions();
            List<SelectedAdapters> each =
                    names.stream()
                            .distinct()
                            .map(name -> SelectedAdapters.of(Map.of(name, 1.0), versions, null))
                            .toList();
            TreeMerge.merge(active(), each, hosts());
        }
    }

    /** Drops the merged copies once no pass uses them. */
    public void unmerge() {
        List<AdapterHost> hosts;
        try (ModelLife.Change change = life.change()) {
            hosts = hosts();
        }
        TreeMerge.unmerge(active(), hosts);
    }

    /** Merges the active adapters into the weights, which belong to the returned model. */
    public LoadedModel mergeAndUnload() {
        active().requireOutsidePass("mergeAndUnload");
        try (ModelLife.Change change = life.change()) {
            requireNoTraining("the adapters cannot be merged into the weights");
            life.consume();
        }
        try {
            return model.mergeAndUnload(mergedDirectory());
        } catch (RuntimeException | Error e) {
            life.restore();
            throw e;
        }
    }

    public AdapterRemoval deleteAll() {
        try (ModelLife.Change change = life.change()) {
            requireNoTraining("the adapters cannot be deleted");
            return delete(names());
        }
    }

    private synchronized AdapterRemoval delete(Set<String> names) {
        AdapterRemoval removal = AdapterRemoval.of(model.block(), active(), names);
        Map<String, PeftConfigFile> next = new LinkedHashMap<>(files);
        next.keySet().removeAll(names);
        files = Collections.unmodifiableMap(next);
        names.forEach(model.ends()::remove);
        names.forEach(directories::remove);
        return removal;
    }
}
