/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.hf.adapter;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.types.Shape;
import ai.djl.nn.Parameter;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.lora4j.adapter.InvalidAdapterException;
import org.lora4j.adapter.PeftAdapter;
import org.lora4j.adapter.PeftConfigFile;
import org.lora4j.adapter.PeftWeights;
import org.lora4j.core.AdapterConfig;
import org.lora4j.core.Candidate;
import org.lora4j.core.TargetMatch;
import org.lora4j.core.TargetMatcher;
import org.lora4j.core.TargetModules;
import org.lora4j.djl.BaseCopies;
import org.lora4j.djl.BlockTree;
import org.lora4j.hf.base.LoadedModel;
import org.lora4j.hf.model.ModelRoot;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The word table and the vocabulary projection in an adapter's file whose configuration does not
 * list them: PEFT writes both where the vocabulary was resized, and both where they train as one
 * (ensure_weight_tying). PEFT's loading overwrites the base with them; here the adapter has its own
 * copy of what differs from the base, as if it were listed; those of ensure_weight_tying stay one
 * tensor.
 */
public final class TableCopies {
    private static final Logger logger = LoggerFactory.getLogger(TableCopies.class);

    private TableCopies() {}

    /**
     * Resizes a model that was just loaded to the number of tokens of an adapter's tables.
     *
     * @param model the model, without adapters
     * @param directory the adapter
     */
    public static void resize(LoadedModel model, Path directory) throws IOException {
        ModelRoot root = model.block();
        BaseCopies copies = BaseCopies.of(root);
        try (PeftWeights weights = PeftWeights.open(directory)) {
            for (String name : tensorNames(root)) {
                Parameter original = copies.original(name);
                Shape shape = weights.shapes().get(name);
                if (original != null
                        && shape != null
                        && shape.size() > 0
                        && isResized(original.getArray().getShape(), shape)) {
                    int tokens = Math.toIntExact(shape.get(0));
                    logger.info(
                            "{}: {} tokens, as the adapter has, instead of {}",
                            model.directory(),
                            tokens,
                            root.vocabularySize());
                    VocabularyResizer.resize(model, tokens);
                    return;
                }
            }
        }
    }

    private static List<String> tensorNames(ModelRoot root) {
        return root.tokenPaths().stream()
                .flatMap(
                        path ->
                                Stream.of(
                                        path + ".weight",
                                        path + ".base_layer.weight",
                                        path + ".token_adapter.base_layer.weight"))
                .toList();
    }

    private static boolean isResized(Shape expected, Shape found) {
        return found.dimension() == 2
                && found.get(1) == expected.get(1)
                && found.get(0) != expected.get(0);
    }

    /**
     * Lists the tables that an adapter brings.
     *
     * @param root the model
     * @param adapter the adapter as it was read
     * @param directory where from
     * @return the adapter with its configuration completed
     * @throws IOException if a table has another number of tokens than the model
     */
    static PeftAdapter complete(ModelRoot root, PeftAdapter adapter, Path directory)
            throws IOException {
        Map<String, NDArray> tensors = adapter.tensors();
        BaseCopies copies = BaseCopies.of(root);
        for (String name : tensorNames(root)) {
            requireTokens(copies.original(name), tensors.get(name), name, directory);
        }
        if (root.isResized() && BlockTree.hosts(root).isEmpty()) {
            VocabularyResizer.fillNewRows(root, tensors);
        }
        AdapterConfig config = adapter.config().method();
        List<Candidate> modules = root.candidates();
        TargetMatch match =
                TargetMatcher.of(PeftHeads.withoutAbsent(config, modules)).matchForLoading(modules);
        List<String> saved = new ArrayList<>(config.modulesToSave());
        List<String> targets = new ArrayList<>(config.targets().names());
        for (String path : root.tokenPaths()) {
            NDArray copy = tensors.get(path + ".weight");
            if (copy != null
                    && !match.saved().contains(path)
                    && !copies.isEqual(path + ".weight", copy)) {
                saved.add(path);
            }
            if (adapter.config().ensuresWeightTying()
                    && config.targets().kind() == TargetModules.Kind.NAMES
                    && tensors.containsKey(path + ".lora_A.weight")
                    && !match.adapted().contains(path)) {
                targets.add(path);
            }
        }
        PeftConfigFile file = adapter.config();
        TargetModules old = config.targets();
        TargetModules all =
                targets.size() == old.names().size()
                        ? old
                        : new TargetModules(
                                old.kind(),
                                targets,
                                old.excludeKind(),
                                old.exclude(),
                                old.layersToTransform(),
                                old.layersPattern(),
                                old.allowUnmatched());
        return new PeftAdapter(
                file.withMethod(config.selecting(all, saved)), tensors, adapter.notes());
    }

    /** Refuses a table of another number of tokens; another width is found later. */
    private static void requireTokens(
            @Nullable Parameter original, @Nullable NDArray table, String name, Path directory)
            throws IOException {
        if (original == null || table == null) {
            return;
        }
        Shape expected = original.getArray().getShape();
        Shape found = table.getShape();
        if (isResized(expected, found)) {
            throw new InvalidAdapterException(
                    directory,
                    List.of(
                            ("%s has %d tokens and the model %d: the adapter was trained after its"
                                 + " base was resized. Resize the model with"
                                 + " resizeTokenEmbeddings(%2$d) before the adapter is loaded, or"
                                 + " load both at once with LoraModel.load(model, adapter,"
                                 + " options)")
                                    .formatted(name, found.get(0), expected.get(0))));
        }
    }
}
