/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.hf.adapter;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.nn.Block;
import ai.djl.nn.Parameter;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import org.lora4j.adapter.AdapterNotes;
import org.lora4j.adapter.PeftAdapter;
import org.lora4j.adapter.PeftConfigFile;
import org.lora4j.block.part.PartHost;
import org.lora4j.core.AdapterConfig;
import org.lora4j.core.SoftPromptConfig;
import org.lora4j.djl.BaseCopies;
import org.lora4j.djl.BlockTree;
import org.lora4j.files.AtomicFiles;
import org.lora4j.hf.base.LoadedModel;
import org.lora4j.hf.model.ModelConfig;
import org.lora4j.hf.model.ModelRoot;
import org.lora4j.torch.Torch;
import org.lora4j.torch.engine.TorchEngine;

/** Writes an adapter of a model as PEFT's directory. */
final class AdapterSaver {
    private AdapterSaver() {}

    /** Describes a new adapter of a model. */
    static PeftConfigFile describe(LoadedModel model, AdapterConfig config) {
        PeftConfigFile file =
                PeftConfigFile.of(model.model().asPeft(config))
                        .withTaskType(model.model().peftTaskType())
                        .withBaseModel(model.name(), null);
        if (!(config instanceof SoftPromptConfig prompt)) {
            return file;
        }
        return file.withPromptOf(
                model.config().hiddenSize().orElse(0),
                model.block().layerCount(),
                heads(model.config()),
                prompt.source() instanceof SoftPromptConfig.Text ? model.name() : null);
    }

    private static int heads(ModelConfig config) {
        for (String key : List.of("num_attention_heads", "n_head", "n_heads")) {
            if (config.has(key)) {
                try {
                    return config.integer(key, 1);
                } catch (IOException e) {
                    throw new UncheckedIOException(e); // it was read when the model was loaded
                }
            }
        }
        return 1;
    }

    /** How an adapter's tensors become PEFT's. */
    @FunctionalInterface
    interface Export {
        PeftAdapter of(
                Block root,
                String adapter,
                PeftConfigFile file,
                AdapterNotes notes,
                NDManager scope);
    }

    static void save(
            LoadedModel model, PeftConfigFile file, String name, Export export, Path directory)
            throws IOException {
        try (NDManager scope = TorchEngine.get().newBaseManager()) {
            AdapterNotes notes =
                    AdapterNotes.of(model.labels(), file.method().seed())
                            .withEndTokens(List.copyOf(model.ends().of(name)))
                            .withProblem(model.model().problem());
            PeftAdapter adapter = export.of(model.block(), name, file, notes, scope);
            withTables(model.block(), adapter, scope).write(directory);
        }
        for (Map.Entry<String, String> more : model.model().files().entrySet()) {
            Path target = directory.resolve(more.getKey());
            Files.createDirectories(Objects.requireNonNull(target.getParent()));
            AtomicFiles.write(target, AtomicFiles.Content.of(more.getValue()));
        }
    }

    /** Returns where PEFT's modules of an adapter have a table's own weight. */
    private static String suffix(ModelRoot root, String path, Set<String> tensors) {
        boolean tokens =
                BlockTree.hosts(root).stream()
                        .anyMatch(host -> host instanceof PartHost && host.path().equals(path));
        if (tokens && tensors.stream().anyMatch(name -> name.contains(".token_adapter."))) {
            return ".token_adapter.base_layer.weight";
        }
        if (tokens && tensors.stream().anyMatch(name -> name.contains(".trainable_tokens_"))) {
            return ".base_layer.weight";
        }
        boolean adapted = tensors.stream().anyMatch(name -> name.startsWith(path + ".lora_"));
        return adapted ? ".base_layer.weight" : ".weight";
    }

    /** Adds the tables of a resized vocabulary, which PEFT saves with every adapter. */
    private static PeftAdapter withTables(ModelRoot root, PeftAdapter adapter, NDManager scope) {
        if (!root.isResized()) {
            return adapter;
        }
        Map<String, NDArray> tensors = new LinkedHashMap<>(adapter.tensors());
        BaseCopies copies = BaseCopies.of(root);
        for (String path : root.tokenPaths()) {
            String tensor = path + suffix(root, path, tensors.keySet());
            Parameter table = copies.original(tensor);
            if (table != null && !tensors.containsKey(tensor)) {
                NDArray single = Torch.toFloat32(table.getArray());
                if (single != table.getArray()) {
                    single.attach(scope);
                }
                tensors.put(tensor, single);
            }
        }
        return new PeftAdapter(adapter.config(), tensors, adapter.notes());
    }
}
