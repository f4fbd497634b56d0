/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.hf.adapter;

import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;
import org.lora4j.core.AdapterConfig;
import org.lora4j.core.Ia3Config;
import org.lora4j.core.ModulePath;
import org.lora4j.core.SoftPromptConfig;
import org.lora4j.core.TargetMatch;
import org.lora4j.core.TargetMatcher;
import org.lora4j.core.TargetModules;
import org.lora4j.core.TrainableTokensConfig;
import org.lora4j.hf.model.ModelConfig;
import org.lora4j.hf.model.ModelFamily;
import org.lora4j.hf.model.ModelRoot;

/**
 * A new adapter as a model gets it, with the family's values where the caller gave none, and the
 * head.
 *
 * @param config the whole configuration
 * @param match the modules that it selects
 */
public record NewAdapter(AdapterConfig config, TargetMatch match) {
    /**
     * Completes a configuration.
     *
     * @param asked what the caller gave
     * @param family the model's family
     * @param model its configuration
     * @param block its blocks
     * @param drawn the layers that its checkpoint does not have, which train whole
     * @throws IllegalArgumentException if a name matches nothing, or a module that cannot train
     *     whole, or a prompt leaves no place for a text
     */
    public static NewAdapter of(
            AdapterConfig asked,
            ModelFamily family,
            ModelConfig model,
            ModelRoot block,
            Set<String> drawn) {
        String tooLong = asked instanceof SoftPromptConfig prompt ? tooLong(prompt, block) : null;
        if (tooLong != null) {
            throw new IllegalArgumentException(tooLong);
        }
        AdapterConfig complete = withHead(withTargets(asked, family, model, block), block, drawn);
        TargetMatch match = TargetMatcher.of(complete).match(block.candidates());
        List<String> frames = block.framePaths().stream().filter(match.saved()::contains).toList();
        if (!frames.isEmpty()) {
            throw new IllegalArgumentException(
                    ("modules to save select %s, which cannot be replaced as a whole; name modules"
                                    + " inside them, or train every weight with trainAll()")
                            .formatted(frames));
        }
        return new NewAdapter(resolved(complete, match), match);
    }

    /** Returns what is wrong with a prompt that leaves a model no place for a text, or null. */
    static @Nullable String tooLong(SoftPromptConfig prompt, ModelRoot block) {
        return prompt.virtualTokens() < block.maxPositions()
                ? null
                : "a prompt of %d virtual tokens, and the model has %d positions; expected fewer, which leave some for the text"
                        .formatted(prompt.virtualTokens(), block.maxPositions());
    }

    private static AdapterConfig withTargets(
            AdapterConfig config, ModelFamily family, ModelConfig model, ModelRoot block) {
        if (config instanceof SoftPromptConfig prompt) {
            return withWidth(prompt, model);
        }
        if (config instanceof Ia3Config ia3) {
            return Ia3Defaults.complete(ia3, family.names().modelType());
        }
        if (config instanceof TrainableTokensConfig tokens && !tokens.selectsModules()) {
            // PEFT writes the table's path, which it reads as a pattern
            return tokens.targeting(List.of(TargetModules.REGEX_PREFIX + block.wordTablePath()));
        }
        if (!config.selectsModules() || config.targets().kind() != TargetModules.Kind.UNSET) {
            return config;
        }
        return config.targeting(family.names().defaultTargets());
    }

    private static SoftPromptConfig withWidth(SoftPromptConfig prompt, ModelConfig model) {
        if (!(prompt.source() instanceof SoftPromptConfig.Encoder asked)
                || asked.hiddenSize() != 0) {
            return prompt;
        }
        int width = model.hiddenSize().orElse(0);
        return prompt.withSource(
                new SoftPromptConfig.Encoder(
                        asked.network(), width, asked.layers(), asked.dropout()));
    }

    private static AdapterConfig withHead(
            AdapterConfig config, ModelRoot block, Set<String> drawn) {
        if (config instanceof TrainableTokensConfig) {
            return config; // which trains nothing else, as in PEFT
        }
        List<String> head = block.headPaths();
        List<String> saved = new ArrayList<>(config.modulesToSave());
        Set<String> whole = new LinkedHashSet<>(head);
        whole.addAll(new TreeSet<>(drawn));
        for (String path : whole) {
            if (saved.stream().noneMatch(name -> covers(name, path))) {
                saved.add(head.contains(path) ? path : tail(path));
            }
        }
        return config.selecting(config.targets(), saved);
    }

    /** Returns whether a listed name selects a module or one above it. */
    private static boolean covers(String name, String path) {
        for (String p = path; !p.isEmpty(); p = ModulePath.parent(p)) {
            if (p.endsWith(name)) {
                return true;
            }
        }
        return false;
    }

    /** Returns the last two segments, which are enough to find a module, also for PEFT. */
    private static String tail(String path) {
        String parent = ModulePath.parent(path);
        return ModulePath.join(ModulePath.lastSegment(parent), ModulePath.lastSegment(path));
    }

    /**
     * Replaces "all-linear" and "all-layers", which mean other modules in another model, by the
     * last names of the adapted paths, such as "query". All modules of such a name are adapted.
     */
    private static AdapterConfig resolved(AdapterConfig config, TargetMatch match) {
        if (!config.targets().kind().isWord()) {
            return config;
        }
        List<String> names =
                match.adapted().stream().map(ModulePath::lastSegment).distinct().sorted().toList();
        return config.targeting(names);
    }
}
