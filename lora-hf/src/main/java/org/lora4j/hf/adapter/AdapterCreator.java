/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.hf.adapter;

import java.util.ArrayList;
import java.util.List;
import org.lora4j.core.LoraConfig;
import org.lora4j.core.ModulePath;
import org.lora4j.core.TargetMatch;
import org.lora4j.core.TargetMatcher;
import org.lora4j.core.TargetModules;
import org.lora4j.djl.Injection;
import org.lora4j.djl.Lora;
import org.lora4j.hf.base.LoadedModel;
import org.lora4j.hf.model.ModelRoot;

/** Adds a new adapter to a model: what the caller left open is taken from the family. */
final class AdapterCreator {
    private AdapterCreator() {}

    static Injection create(LoadedModel model, String name, LoraConfig config) {
        ModelRoot block = model.block();
        LoraConfig complete = withHead(model, withTargets(model, config));
        TargetMatch match = TargetMatcher.of(complete).match(block.candidates());
        List<String> frames = block.framePaths().stream().filter(match.saved()::contains).toList();
        if (!frames.isEmpty()) {
            throw new IllegalArgumentException(
                    "modules to save select "
                            + frames
                            + ", which cannot be replaced as a whole; name modules inside them, or"
                            + " train every weight with trainAll()");
        }
        return Lora.inject(block, resolved(complete, match), name, match);
    }

    private static LoraConfig withTargets(LoadedModel model, LoraConfig config) {
        return config.targets().kind() == TargetModules.Kind.UNSET
                ? config.toBuilder()
                        .optTargetModules(model.family().names().defaultTargets())
                        .build()
                : config;
    }

    private static LoraConfig withHead(LoadedModel model, LoraConfig config) {
        List<String> head = model.block().headPaths();
        List<String> saved = new ArrayList<>(config.modulesToSave());
        List<String> whole = new ArrayList<>(head);
        model.drawn().paths().stream()
                .filter(path -> !head.contains(path))
                .sorted()
                .forEach(whole::add);
        for (String path : whole) {
            if (saved.stream().noneMatch(name -> covers(name, path))) {
                saved.add(head.contains(path) ? path : tail(path));
            }
        }
        return config.toBuilder().optModulesToSave(saved).build();
    }

    /** Whether a listed name selects a module or one above it. */
    private static boolean covers(String name, String path) {
        for (String p = path; !p.isEmpty(); p = ModulePath.parent(p)) {
            if (p.endsWith(name)) {
                return true;
            }
        }
        return false;
    }

    /** The last two segments: enough to be found, and what PEFT's matching takes. */
    private static String tail(String path) {
        String parent = ModulePath.parent(path);
        return ModulePath.join(ModulePath.lastSegment(parent), ModulePath.lastSegment(path));
    }

    /**
     * Puts the last names of the adapted paths, such as "query", in place of "all-linear", which
     * means other modules in another model. All modules of such a name are adapted.
     */
    private static LoraConfig resolved(LoraConfig config, TargetMatch match) {
        if (config.targets().kind() != TargetModules.Kind.ALL_LINEAR) {
            return config;
        }
        List<String> names =
                match.adapted().stream().map(ModulePath::lastSegment).distinct().sorted().toList();
        return config.toBuilder().optTargetModules(names).build();
    }
}
