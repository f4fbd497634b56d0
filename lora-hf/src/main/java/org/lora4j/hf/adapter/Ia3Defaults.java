/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.hf.adapter;

import java.util.List;
import java.util.Map;
import org.lora4j.core.Ia3Config;
import org.lora4j.core.TargetModules;

/**
 * The modules that (IA)³ rescales where a configuration names none: those of
 * TRANSFORMERS_MODELS_TO_IA3_TARGET_MODULES_MAPPING and ..._FEEDFORWARD_MODULES_MAPPING (peft
 * 0.21.2, utils/constants.py).
 */
public final class Ia3Defaults {
    private static final Modules QUERIES =
            new Modules(List.of("q_proj", "v_proj", "down_proj"), "down_proj");
    private static final Modules KEYS =
            new Modules(List.of("k_proj", "v_proj", "down_proj"), "down_proj");
    private static final Modules ENCODER =
            new Modules(List.of("key", "value", "output.dense"), "output.dense");

    private static final Map<String, Modules> BY_TYPE =
            Map.ofEntries(
                    Map.entry("bert", ENCODER),
                    Map.entry("roberta", ENCODER),
                    Map.entry("gpt2", new Modules(List.of("c_attn", "mlp.c_proj"), "mlp.c_proj")),
                    Map.entry("llama", KEYS),
                    Map.entry("mistral", KEYS),
                    Map.entry("gemma", QUERIES),
                    Map.entry("gemma2", QUERIES),
                    Map.entry("gemma3_text", QUERIES),
                    Map.entry("qwen2", QUERIES),
                    Map.entry("qwen3", QUERIES));

    private Ia3Defaults() {}

    private record Modules(List<String> targets, String feedforward) {}

    /**
     * Fills in what a configuration leaves open.
     *
     * @param config the configuration
     * @param modelType the model's family, as config.json names it
     * @throws IllegalArgumentException if it names no targets, or no feedforward modules, and PEFT
     *     knows none for the family
     */
    public static Ia3Config complete(Ia3Config config, String modelType) {
        boolean targets = config.targets().kind() == TargetModules.Kind.UNSET;
        boolean feedforward = config.feedforwardKind() == TargetModules.Kind.UNSET;
        if (!targets && !feedforward) {
            return config;
        }
        Modules known = BY_TYPE.get(modelType);
        if (known == null) {
            throw new IllegalArgumentException(
                    ("(IA)³ on a model of type \"%s\": PEFT has no default for its modules; name"
                                    + " them with optTargetModules and optFeedforwardModules, or"
                                    + " --target-modules and --feedforward-modules")
                            .formatted(modelType));
        }
        Ia3Config.Builder builder = config.toBuilder();
        if (targets) {
            TargetModules own = config.targets();
            builder.optTargets(
                    new TargetModules(
                            TargetModules.Kind.NAMES,
                            known.targets,
                            own.excludeKind(),
                            own.exclude(),
                            own.layersToTransform(),
                            own.layersPattern(),
                            own.allowUnmatched()));
        }
        if (feedforward) {
            builder.optFeedforwardModules(known.feedforward);
        }
        return builder.build();
    }
}
