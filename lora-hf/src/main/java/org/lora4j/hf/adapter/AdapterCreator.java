/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.hf.adapter;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import org.lora4j.core.AdapterConfig;
import org.lora4j.core.Ia3Config;
import org.lora4j.core.LoraConfig;
import org.lora4j.core.ModulePath;
import org.lora4j.core.SoftPromptConfig;
import org.lora4j.core.TargetMatch;
import org.lora4j.core.TargetMatcher;
import org.lora4j.core.TargetModules;
import org.lora4j.core.TrainableTokensConfig;
import org.lora4j.djl.Injection;
import org.lora4j.djl.Lora;
import org.lora4j.hf.base.LoadedModel;
import org.lora4j.hf.model.ModelRoot;
import org.lora4j.text.TextTokenizer;

/** Adds a new adapter to a model, with the family's values where the caller gave none. */
final class AdapterCreator {
    private AdapterCreator() {}

    static Injection create(LoadedModel model, String name, AdapterConfig config) {
        ModelRoot block = model.block();
        AdapterConfig complete = withHead(model, withTargets(model, config));
        TargetMatch match = TargetMatcher.of(complete).match(block.candidates());
        List<String> frames = block.framePaths().stream().filter(match.saved()::contains).toList();
        if (!frames.isEmpty()) {
            throw new IllegalArgumentException(
                    ("modules to save select %s, which cannot be replaced as a whole; name modules"
                                    + " inside them, or train every weight with trainAll()")
                            .formatted(frames));
        }
        return Lora.inject(block, resolved(complete, match), name, match);
    }

    private static AdapterConfig withTargets(LoadedModel model, AdapterConfig config) {
        if (config instanceof SoftPromptConfig prompt) {
            return withTokens(model, prompt);
        }
        if (config instanceof Ia3Config ia3) {
            return Ia3Defaults.complete(ia3, model.family().names().modelType());
        }
        if (config instanceof TrainableTokensConfig tokens && !tokens.selectsModules()) {
            // PEFT writes the table's path, which it reads as a pattern
            String table = model.block().wordTablePath();
            return selecting(tokens, List.of(TargetModules.REGEX_PREFIX + table));
        }
        if (!config.selectsModules() || config.targets().kind() != TargetModules.Kind.UNSET) {
            return config;
        }
        List<String> targets = model.family().names().defaultTargets();
        return selecting(config, targets);
    }

    private static AdapterConfig withHead(LoadedModel model, AdapterConfig config) {
        if (config instanceof TrainableTokensConfig) {
            return config; // which trains nothing else, as in PEFT
        }
        List<String> head = model.block().headPaths();
        List<String> saved = new ArrayList<>(config.modulesToSave());
        Set<String> whole = new LinkedHashSet<>(head);
        whole.addAll(new TreeSet<>(model.drawn().paths()));
        for (String path : whole) {
            if (saved.stream().noneMatch(name -> covers(name, path))) {
                saved.add(head.contains(path) ? path : tail(path));
            }
        }
        return config.selecting(config.targets(), saved);
    }

    /** Asks the model's tokenizer for the tokens of a prompt's text. */
    private static SoftPromptConfig withTokens(LoadedModel model, SoftPromptConfig prompt) {
        if (prompt.source() instanceof SoftPromptConfig.Encoder asked && asked.hiddenSize() == 0) {
            int width = model.config().hiddenSize().orElse(0);
            return prompt.withSource(
                    new SoftPromptConfig.Encoder(
                            asked.network(), width, asked.layers(), asked.dropout()));
        }
        if (!(prompt.source() instanceof SoftPromptConfig.Text text) || !text.ids().isEmpty()) {
            return prompt;
        }
        TextTokenizer tokenizer = model.tokenizer();
        if (tokenizer == null) {
            throw new IllegalArgumentException(
                    model.directory()
                            + ": a prompt's text needs the model's tokenizer, and there is none;"
                            + " expected tokenizer.json");
        }
        int[] ids = tokenizer.encode(text.text(), null, Integer.MAX_VALUE).ids();
        List<Integer> tokens = Arrays.stream(ids).boxed().toList();
        return prompt.withSource(new SoftPromptConfig.Text(text.text(), tokens));
    }

    private static AdapterConfig selecting(AdapterConfig config, List<String> targets) {
        TargetModules own =
                LoraConfig.builder()
                        .optTargets(config.targets())
                        .optTargetModules(targets)
                        .build()
                        .targets();
        return config.selecting(own, config.modulesToSave());
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
        return selecting(config, names);
    }
}
