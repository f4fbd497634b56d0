/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.cli.option;

import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.lora4j.core.Bias;
import org.lora4j.core.LoraConfig;
import org.lora4j.core.LoraConfigBuilder;
import org.lora4j.core.TargetModules;
import org.lora4j.core.TrainableTokens;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** The configuration of a new adapter. */
public final class LoraOptions {
    /** The names of the options. */
    public static final List<String> NAMES =
            Stream.concat(
                            Stream.of(
                                    "--rank",
                                    "--alpha",
                                    "--dropout",
                                    "--rslora",
                                    "--dora",
                                    "--init",
                                    "--target-modules",
                                    "--exclude-modules",
                                    "--layers",
                                    "--modules-to-save",
                                    "--bias",
                                    "--trainable-token-indices",
                                    "--target-parameters",
                                    "--bias-on-b"),
                            VariantOptions.NAMES.stream())
                    .toList();

    @Option(names = "--rank", paramLabel = "R", description = "The rank r.")
    private int rank = LoraConfig.DEFAULT_RANK;

    @Option(names = "--alpha", paramLabel = "ALPHA", description = "Scales the update by alpha/r.")
    private double alpha = LoraConfig.DEFAULT_ALPHA;

    @Option(names = "--dropout", paramLabel = "P", description = "Dropout on the input, in [0, 1).")
    private double dropout;

    @Option(names = "--rslora", description = "Scale by alpha/sqrt(r) instead.")
    private boolean rslora;

    @Option(
            names = "--dora",
            description = "Train the lengths of the weights' rows apart from their directions.")
    private boolean dora;

    @Option(
            names = "--init",
            paramLabel = "gaussian|kaiming|pissa|pissa_niter_N|olora|orthogonal|mica",
            defaultValue = "gaussian",
            description =
                    "What A and B begin with: A drawn, or the part of W0 with the largest singular"
                        + " values (pissa; by N iterations), or of its QR decomposition; or B the"
                        + " directions of its smallest singular values, which stay (mica).")
    private Beginning init;

    @Option(
            names = "--target-modules",
            paramLabel = "TARGETS",
            description =
                    "The modules to adapt: names such as query,value, one pattern regex:..., or"
                        + " all-linear, or all-layers for embeddings too. By default all-linear in"
                        + " a language model, and query and value in an encoder, as in PEFT.")
    private @Nullable String targets;

    @Option(names = "--exclude-modules", paramLabel = "NAMES", description = "Modules to skip.")
    private @Nullable String exclude;

    @Option(
            names = "--layers",
            split = ",",
            paramLabel = "N",
            description = "The layers to adapt, by number from 0; all unless given.")
    private @Nullable List<Integer> layers;

    @Option(
            names = "--modules-to-save",
            paramLabel = "NAMES",
            description = "Modules that train whole beside the head, such as pooler.")
    private @Nullable String modulesToSave;

    @Option(
            names = "--bias",
            paramLabel = "MODE",
            defaultValue = "none",
            description =
                    "Which biases train too: none, all, or lora_only, those of the adapted"
                            + " modules.")
    private Bias bias;

    @Option(
            names = "--trainable-token-indices",
            split = ",",
            paramLabel = "ID",
            description =
                    "Tokens whose rows of the word table train too, by id, such as those of new"
                            + " words; a tied head has the same rows.")
    private @Nullable List<Integer> tokens;

    @Option(
            names = "--target-parameters",
            paramLabel = "NAMES",
            description =
                    "Parameters to adapt by themselves, such as experts.down_proj; then modules"
                            + " are adapted only where --target-modules names them.")
    private @Nullable String parameters;

    @Option(
            names = "--bias-on-b",
            description = "Give B a bias of its own; with --init kaiming (PEFT's lora_bias).")
    private boolean loraBias;

    @Mixin private VariantOptions variants;

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
                        .optDora(dora)
                        .optInit(init.init())
                        .optInitIterations(init.iterations())
                        .optBias(bias)
                        .optLoraBias(loraBias)
                        .optModulesToSave(modulesToSave == null ? List.of() : names(modulesToSave))
                        .optVariant(variants.variant())
                        .optSeed(seed);
        if (targets != null) {
            builder.optTargetModules(entries(targets));
        }
        if (exclude != null) {
            builder.optExcludeModules(entries(exclude));
        }
        if (tokens != null) {
            builder.optTrainableTokens(new TrainableTokens(tokens, Map.of()));
        }
        if (parameters != null) {
            builder.optTargetParameters(names(parameters));
        }
        if (layers != null) {
            builder.optLayersToTransform(layers);
        }
        return builder.build();
    }

    /** Returns one pattern, which may contain commas, or the names of a list. */
    private static List<String> entries(String targets) {
        return targets.startsWith(TargetModules.REGEX_PREFIX) ? List.of(targets) : names(targets);
    }

    private static List<String> names(String list) {
        return Arrays.stream(list.split(","))
                .map(String::strip)
                .filter(name -> !name.isEmpty())
                .toList();
    }
}
