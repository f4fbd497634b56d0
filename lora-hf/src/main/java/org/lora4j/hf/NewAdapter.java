/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.hf;

import ai.djl.ndarray.types.Shape;
import java.util.ArrayList;
import java.util.List;
import org.lora4j.block.AdaptedLayer;
import org.lora4j.block.AdapterHost;
import org.lora4j.core.LoraConfig;
import org.lora4j.core.ModulePath;
import org.lora4j.core.TargetMatch;
import org.lora4j.core.TargetMatcher;
import org.lora4j.core.TargetModules;
import org.lora4j.djl.BlockTree;
import org.lora4j.djl.Injection;
import org.lora4j.djl.Lora;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Adds a new adapter to a model: what the caller left open is taken from the family. */
final class NewAdapter {
    private static final Logger logger = LoggerFactory.getLogger(NewAdapter.class);

    private NewAdapter() {}

    static Injection add(LoadedModel model, String name, LoraConfig config) {
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
        Injection injection = Lora.inject(block, resolved(complete, match), name, match);
        warnOfRanks(block, name);
        return injection;
    }

    /** An update of full rank needs no more than the smaller side of its matrix. */
    private static void warnOfRanks(ModelRoot block, String name) {
        List<String> layers = new ArrayList<>();
        int rank = 0;
        long width = 0;
        for (AdapterHost host : BlockTree.hosts(block)) {
            if (host instanceof AdaptedLayer layer && layer.adapter(name).isPresent()) {
                Shape shape = layer.weightShape();
                long smaller = Math.min(shape.get(0), shape.size() / Math.max(1, shape.get(0)));
                int own = layer.adapter(name).orElseThrow().spec().rank();
                if (own > smaller) {
                    rank = own;
                    width = smaller;
                    layers.add(layer.path());
                }
            }
        }
        if (!layers.isEmpty()) {
            logger.warn(
                    "rank {} is above the width of {} layers, such as {}, whose full rank is {}: it"
                            + " adds parameters and no freedom",
                    rank,
                    layers.size(),
                    layers.get(0),
                    width);
        }
    }

    private static LoraConfig withTargets(LoadedModel model, LoraConfig config) {
        return config.targets().kind() == TargetModules.Kind.UNSET
                ? config.toBuilder().optTargetModules(model.family().defaultTargets()).build()
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

    /** Names instead of "all-linear", so that a saved file means the same elsewhere. */
    private static LoraConfig resolved(LoraConfig config, TargetMatch match) {
        return config.targets().kind() == TargetModules.Kind.ALL_LINEAR
                ? config.toBuilder().optTargetModules(TargetNames.shortest(match.adapted())).build()
                : config;
    }
}
