/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.cli.option;

import java.util.ArrayList;
import java.util.List;
import org.lora4j.core.Bias;
import org.lora4j.core.Init;
import org.lora4j.core.LoraConfig;
import org.lora4j.core.LoraConfigBuilder;
import org.lora4j.core.TargetModules;
import picocli.CommandLine;
import picocli.CommandLine.Option;

/** What an adapter is like. */
public final class LoraOptions {
    @Option(names = "--rank", paramLabel = "R", description = "The rank r.")
    private int rank = LoraConfig.DEFAULT_RANK;

    @Option(
            names = "--alpha",
            paramLabel = "ALPHA",
            description = "The update is scaled by alpha/r.")
    private double alpha = LoraConfig.DEFAULT_ALPHA;

    @Option(
            names = "--dropout",
            paramLabel = "P",
            description = "Dropout on the adapters' input, in [0, 1).")
    private double dropout;

    @Option(names = "--rslora", description = "Scale by alpha/sqrt(r) instead.")
    private boolean rslora;

    @Option(
            names = "--init",
            paramLabel = "gaussian|kaiming",
            defaultValue = "gaussian",
            description = "How A is drawn.")
    private Init init = Init.GAUSSIAN;

    @Option(
            names = "--target-modules",
            showDefaultValue = CommandLine.Help.Visibility.NEVER,
            paramLabel = "TARGETS",
            description =
                    "The modules to adapt: names such as query,value, one pattern regex:..., or"
                        + " all-linear. By default all-linear in a language model, and query and"
                        + " value in an encoder, as in PEFT.")
    private String targets = "";

    @Option(
            names = "--exclude-modules",
            showDefaultValue = CommandLine.Help.Visibility.NEVER,
            paramLabel = "NAMES",
            description = "Modules that are not adapted though a target selects them.")
    private String exclude = "";

    @Option(
            names = "--layers",
            showDefaultValue = CommandLine.Help.Visibility.NEVER,
            split = ",",
            paramLabel = "N",
            description = "The layers to adapt, by number from 0; all unless given.")
    private List<Integer> layers = List.of();

    @Option(
            names = "--modules-to-save",
            showDefaultValue = CommandLine.Help.Visibility.NEVER,
            paramLabel = "NAMES",
            description = "Modules that train whole beside the head, such as pooler.")
    private String modulesToSave = "";

    @Option(
            names = "--bias",
            paramLabel = "MODE",
            defaultValue = "none",
            description =
                    "Which biases train too: none, all, or lora_only, those of the adapted"
                            + " modules.")
    private Bias bias = Bias.NONE;

    /**
     * Returns the configuration.
     *
     * @throws IllegalArgumentException if a value is out of range
     */
    public LoraConfig config(long seed) {
        LoraConfigBuilder builder =
                LoraConfig.builder()
                        .setRank(rank)
                        .setAlpha(alpha)
                        .optDropout(dropout)
                        .optRslora(rslora)
                        .optInit(init)
                        .optBias(bias)
                        .optModulesToSave(names(modulesToSave))
                        .optSeed(seed);
        if (!targets.isEmpty()) {
            builder.optTargetModules(entries(targets));
        }
        if (!exclude.isEmpty()) {
            builder.optExcludeModules(entries(exclude));
        }
        if (!layers.isEmpty()) {
            builder.optLayersToTransform(layers);
        }
        return builder.build();
    }

    /** A pattern may have commas of its own. */
    private static List<String> entries(String targets) {
        return targets.startsWith(TargetModules.REGEX_PREFIX) ? List.of(targets) : names(targets);
    }

    private static List<String> names(String list) {
        List<String> names = new ArrayList<>();
        for (String name : list.split(",", -1)) {
            if (!name.isBlank()) {
                names.add(name.strip());
            }
        }
        return names;
    }
}
