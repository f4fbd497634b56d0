/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.hf.adapter;

import ai.djl.ndarray.NDManager;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.lora4j.adapter.AdapterNotes;
import org.lora4j.adapter.InvalidAdapterException;
import org.lora4j.adapter.PeftAdapter;
import org.lora4j.adapter.PeftConfigFile;
import org.lora4j.adapter.UnsupportedAdapterException;
import org.lora4j.core.AdapterConfig;
import org.lora4j.core.Candidate;
import org.lora4j.core.SoftPromptConfig;
import org.lora4j.core.TargetMatch;
import org.lora4j.core.TargetMatcher;
import org.lora4j.djl.AdapterFiles;
import org.lora4j.djl.UnpublishedAdapter;
import org.lora4j.hf.base.LoadedModel;
import org.lora4j.hf.model.ModelRoot;
import org.lora4j.torch.engine.TorchEngine;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Loads an adapter's files into a model, which stays as it was if a tensor does not fit. */
final class AdapterLoader {
    private static final Logger logger = LoggerFactory.getLogger(AdapterLoader.class);

    private AdapterLoader() {}

    /**
     * An adapter in the model's layers that passes do not see yet.
     *
     * @param adapter the adapter
     * @param file the whole configuration
     * @param endTokens the tokens with which it learnt to end texts
     */
    record Staged(UnpublishedAdapter adapter, PeftConfigFile file, List<Integer> endTokens) {}

    static Staged stage(LoadedModel model, String name, Path directory) throws IOException {
        ModelRoot root = model.block();
        try (NDManager scope = TorchEngine.get().newBaseManager()) {
            PeftAdapter adapter =
                    TableCopies.complete(root, PeftAdapter.read(directory, scope), directory);
            AdapterConfig config = adapter.config().method();
            Path file = directory.resolve(PeftConfigFile.FILE_NAME);
            AdapterPurpose.require(adapter.config(), file, model.model().peftTaskType());
            checkLabels(model, adapter.notes(), directory);
            if (config instanceof SoftPromptConfig prompt) {
                checkPrompt(model, adapter.config(), prompt, file);
            }
            requireInvocable(root, config, file);
            List<Candidate> modules = root.candidates();
            AdapterConfig present = PeftHeads.withoutAbsent(config, modules);
            TargetMatch match = TargetMatcher.of(present).matchForLoading(modules);
            List<String> frames =
                    root.framePaths().stream().filter(match.saved()::contains).toList();
            if (!frames.isEmpty()) {
                throw new UnsupportedAdapterException(
                        file, List.of("modules_to_save " + frames + " (name modules inside them)"));
            }
            match.warnings().forEach(warning -> logger.warn("{}: {}", directory, warning));
            UnpublishedAdapter staged =
                    AdapterFiles.stage(root, name, config, match, adapter, directory);
            AdapterNotes notes = adapter.notes();
            return new Staged(
                    staged, adapter.config(), notes == null ? List.of() : notes.endTokens());
        }
    }

    /** Checks that a prompt is as wide as the model and leaves room for a text. */
    private static void checkPrompt(
            LoadedModel model, PeftConfigFile config, SoftPromptConfig prompt, Path file)
            throws IOException {
        List<String> problems = new ArrayList<>();
        int width = model.config().hiddenSize().orElse(0);
        int found = config.promptWidth().orElse(width);
        if (found != width) {
            problems.add(
                    "token_dim is %d, and the word vectors of %s have %d numbers; expected the model that the prompt was trained with"
                            .formatted(found, model.name(), width));
        }
        String tooLong = NewAdapter.tooLong(prompt, model.block());
        if (tooLong != null) {
            problems.add(tooLong);
        }
        if (!problems.isEmpty()) {
            throw new InvalidAdapterException(file, problems);
        }
    }

    private static void requireInvocable(ModelRoot root, AdapterConfig config, Path file)
            throws UnsupportedAdapterException {
        try {
            AdapterCreator.requireInvocable(root, config);
        } catch (IllegalArgumentException e) {
            throw new UnsupportedAdapterException(file, List.of(String.valueOf(e.getMessage())));
        }
    }

    /** Compares the labels in their order: another one would silently swap the head's rows. */
    private static void checkLabels(LoadedModel model, @Nullable AdapterNotes notes, Path directory)
            throws IOException {
        if (notes != null
                && notes.problem() != null
                && !notes.problem().equals(model.model().problem())) {
            throw new InvalidAdapterException(
                    directory.resolve(AdapterNotes.FILE_NAME),
                    List.of(
                            "the adapter's outputs are for \"%s\", and the model was loaded for another task; expected Task.multiLabelClassification for labels, Task.reranking for relevance"
                                    .formatted(notes.problem())));
        }
        if (notes == null || notes.labels().isEmpty() || notes.labels().equals(model.labels())) {
            return;
        }
        throw new InvalidAdapterException(
                directory.resolve(AdapterNotes.FILE_NAME),
                List.of(
                        ("the adapter was trained with the labels %s, in this order, and the model"
                                        + " has %s; load the model with the adapter's labels")
                                .formatted(notes.labels(), model.labels())));
    }
}
