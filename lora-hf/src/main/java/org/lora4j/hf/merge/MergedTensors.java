/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.hf.merge;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import com.google.gson.JsonArray;
import com.google.gson.JsonObject;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;
import org.lora4j.block.LoraContext;
import org.lora4j.hf.base.ModelFiles;
import org.lora4j.hf.base.ModelSaver;
import org.lora4j.hf.base.SavedParts;
import org.lora4j.hf.family.ModelFamilies;
import org.lora4j.hf.family.UnsupportedSettings;
import org.lora4j.hf.model.CausalLanguageModel;
import org.lora4j.hf.model.Checkpoint;
import org.lora4j.hf.model.DecoderFamily;
import org.lora4j.hf.model.ModelConfig;
import org.lora4j.hf.model.ModelFamily;
import org.lora4j.hf.model.ModelTensors;
import org.lora4j.hf.model.TensorSource;
import org.lora4j.safetensors.SafeTensorsWriter;
import org.lora4j.safetensors.TensorData;
import org.lora4j.text.AddedTokenFiles;
import org.lora4j.torch.TensorDtype;
import org.lora4j.torch.TorchKernels;
import org.lora4j.torch.engine.TorchEngine;

/**
 * The weights of a language model with an adapter merged into them, read and merged one module at a
 * time: of a model of any size no more is in memory than the adapter and one module.
 *
 * <p>The numbers are those of {@link org.lora4j.hf.LoraModel#mergeAndUnload} to the bit. Not
 * thread-safe.
 */
public final class MergedTensors implements AutoCloseable {
    private final ModelConfig config;
    private final DecoderFamily family;
    private final CausalLanguageModel model;
    private final BaseTensors base;
    private final @Nullable Path adapter;
    private final @Nullable ModuleMerge merge;
    private final Map<String, Shape> shapes = new LinkedHashMap<>();
    private final NDManager manager;

    private MergedTensors(
            ModelConfig config,
            DecoderFamily family,
            TensorSource tensors,
            TensorDtype dtype,
            @Nullable Path adapter,
            NDManager manager)
            throws IOException {
        this.config = config;
        this.family = family;
        this.adapter = adapter;
        this.manager = manager;
        Checkpoint weights = // closing it would close the tensors
                Checkpoint.withoutElements(config.directory(), tensors, family.names().rename());
        model = family.causalLanguageModel(config, weights, LoraContext.of(new TorchKernels(), 0));
        weights.finish();
        base = new BaseTensors(tensors, weights.usedNames(), dtype);
        ModelTensors.plain(model)
                .forEach((path, weight) -> shapes.put(path, weight.getArray().getShape()));
        merge = adapter == null ? null : ModuleMerge.open(base, model, adapter, manager);
        addOwnHead();
    }

    /**
     * Opens a model and an adapter, and compares them.
     *
     * @param base the directory of a language model
     * @param adapter an adapter's directory, or null for the model alone
     * @param dtype the precision in which the base is read and merged: its own, or F32
     * @return the tensors; the caller closes them
     * @throws org.lora4j.adapter.AdapterMismatchException naming every tensor of the adapter that
     *     does not fit the base
     * @throws IOException if the base is no language model, or quantised, if the adapter has what
     *     is not merged module by module, or if a file cannot be read
     */
    public static MergedTensors open(Path base, @Nullable Path adapter, TensorDtype dtype)
            throws IOException {
        ModelConfig config = ModelConfig.read(base);
        ModelFamily family = ModelFamilies.of(config);
        UnsupportedSettings.refuse(config, family);
        if (!(family instanceof DecoderFamily decoder)) {
            throw new IOException(
                    ("%s: model_type \"%s\" is no language model's, and only those are merged"
                                    + " module by module; merge it as a whole")
                            .formatted(config.file(), config.modelType()));
        }
        if (config.has("quantization_config")) {
            throw new IOException(
                    ("%s: its weights are quantised, and merged ones would be rounded to as few"
                                    + " bits; expected the base in full precision")
                            .formatted(base));
        }
        TensorSource tensors = TensorSource.open(base);
        NDManager manager = TorchEngine.get().newBaseManager();
        try {
            return new MergedTensors(config, decoder, tensors, dtype, adapter, manager);
        } catch (IOException | RuntimeException e) {
            tensors.close();
            manager.close();
            throw e;
        }
    }

    /**
     * Adds a vocabulary projection that is tied and yet has numbers of its own: in the file, or
     * because the adapter changes it or the word table.
     */
    private void addOwnHead() throws IOException {
        String path = model.outputPaths().get(0);
        String head = path + ".weight";
        String table = model.wordTablePath() + ".weight";
        if (shapes.containsKey(head)) {
            return;
        }
        boolean own = base.has(head) && !base.areEqual(manager, head, table);
        if (!base.has(head)) {
            base.names().put(head, base.names().getOrDefault(table, table));
        }
        if (own
                || (merge != null
                        && (merge.changes(path) || merge.changes(model.wordTablePath())))) {
            shapes.put(head, base.shape(head));
        }
    }

    /** Returns the shapes of the tensors by their names in transformers, in the model's order. */
    public Map<String, Shape> shapes() {
        return Collections.unmodifiableMap(shapes);
    }

    /**
     * Reads a tensor and merges the adapter into it.
     *
     * @param scope who will own the array, and what is made on the way
     * @param path one of the names
     * @return the tensor in the precision that was asked for
     * @throws IllegalStateException if a number of it is NaN or infinite
     * @throws IOException if the file cannot be read
     */
    public NDArray read(NDManager scope, String path) throws IOException {
        return merge == null ? base.read(scope, path) : merge.read(scope, path);
    }

    /** Returns the manager whose sub-managers are scopes to read in. */
    public NDManager manager() {
        return manager;
    }

    /** Returns the model's configuration. */
    public ModelConfig config() {
        return config;
    }

    /** Returns how many rows the model has for tokens. */
    public int vocabularySize() {
        return model.vocabularySize();
    }

    /** Returns the directory of the tokenizer: the adapter's where it brings one. */
    public Path tokenizer() throws IOException {
        return adapter != null && AddedTokenFiles.hasMore(adapter, config.directory())
                ? adapter
                : config.directory();
    }

    /** Returns the small files that belong to the merged model, by their names. */
    public Map<String, Path> files() throws IOException {
        Map<String, Path> sources = new TreeMap<>();
        modelFiles().find().forEach((name, entry) -> sources.put(name, entry.source()));
        return sources;
    }

    private ModelFiles modelFiles() {
        boolean brought = adapter != null && ModelFiles.isBroughtBy(adapter);
        return new ModelFiles(config.directory(), brought ? adapter : null);
    }

    /**
     * Saves the merged model as {@link org.lora4j.hf.LoraModel#save(Path, TensorDtype)} does, whole
     * or not at all.
     *
     * @param directory where to
     * @param dtype the precision of the saved weights: F32, BF16 or F16
     * @throws IOException if it cannot be written, or a merged weight has a number that is not
     *     finite
     */
    public void save(Path directory, TensorDtype dtype) throws IOException {
        SafeTensorsWriter weights = new SafeTensorsWriter();
        shapes.forEach(
                (path, shape) ->
                        ModelSaver.add(
                                weights,
                                path,
                                dtype,
                                shape,
                                out -> {
                                    try (NDManager scope = manager.newSubManager()) {
                                        TensorData.of(read(scope, path), dtype).writeTo(out);
                                    }
                                }));
        SavedParts parts =
                new SavedParts(
                        config,
                        this::describe,
                        modelFiles(),
                        Map.of(),
                        merge == null ? Set.of() : Set.copyOf(merge.endTokens()));
        ModelSaver.save(parts, weights, dtype, directory);
    }

    private void describe(JsonObject json) {
        JsonArray architectures = new JsonArray();
        architectures.add(family.names().architecture());
        json.add("architectures", architectures);
        json.addProperty(
                "tie_word_embeddings", !shapes.containsKey(model.outputPaths().get(0) + ".weight"));
        json.addProperty("vocab_size", vocabularySize());
    }

    /** Closes the files, and frees the adapter. */
    @Override
    public void close() {
        base.tensors().close();
        manager.close();
    }
}
