/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.cli.option;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.lora4j.core.AdapterConfig;
import org.lora4j.core.Ia3Config;
import org.lora4j.core.LoraConfig;
import org.lora4j.core.SoftPromptConfig;
import org.lora4j.core.TargetModules;
import org.lora4j.core.TrainableTokensConfig;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** What an adapter is: the method, and its own options beside those of LoRA. */
public final class MethodOptions {
    private static final List<String> OF_IA3 = List.of("--feedforward-modules");
    private static final List<String> OF_PROMPTS = List.of("--num-virtual-tokens");
    private static final List<String> OF_PROMPT_TUNING =
            List.of("--prompt-tuning-init", "--prompt-tuning-init-text");
    private static final List<String> OF_P_TUNING =
            List.of(
                    "--encoder-reparameterization-type",
                    "--encoder-hidden-size",
                    "--encoder-num-layers",
                    "--encoder-dropout");

    /** The options of LoRA that select modules, which (IA)³ has too. */
    private static final List<String> SELECTING =
            List.of("--target-modules", "--exclude-modules", "--layers", "--modules-to-save");

    /** The options of LoRA that select tokens and their tables. */
    private static final List<String> OF_TOKENS =
            List.of("--trainable-token-indices", "--target-modules");

    @Option(
            names = "--method",
            paramLabel = "METHOD",
            description =
                    "lora trains low-rank matrices, ia3 vectors that rescale layers,"
                            + " trainable-tokens the rows of some tokens, prompt-tuning and"
                            + " p-tuning vectors before every text, full every weight, for"
                            + " comparison.")
    private MethodKind method = MethodKind.LORA;

    @Mixin private LoraOptions lora;

    @Option(
            names = "--feedforward-modules",
            paramLabel = "NAMES",
            description =
                    "With --method ia3, the modules whose input is rescaled rather than their"
                            + " output: names, or one pattern regex:...")
    private @Nullable String feedforward;

    /** How the vectors of prompt tuning begin. */
    enum PromptInit {
        RANDOM,
        SAMPLE_VOCAB,
        TEXT
    }

    @Option(
            names = "--num-virtual-tokens",
            paramLabel = "N",
            description =
                    "With --method prompt-tuning or p-tuning, how many vectors; 20 by default.")
    private int virtualTokens = 20;

    @Option(
            names = "--prompt-tuning-init",
            paramLabel = "random|sample_vocab|text",
            description =
                    "With --method prompt-tuning, how the vectors begin: random, those of drawn"
                            + " tokens, or those of --prompt-tuning-init-text.")
    private @Nullable PromptInit promptInit;

    @Option(
            names = "--prompt-tuning-init-text",
            paramLabel = "TEXT",
            description = "The text with whose vectors the prompt begins.")
    private @Nullable String promptText;

    @Option(
            names = "--encoder-reparameterization-type",
            paramLabel = "mlp|lstm",
            description =
                    "With --method p-tuning, the network that gives the vectors; mlp by default.")
    private SoftPromptConfig.Network network = SoftPromptConfig.Network.MLP;

    @Option(
            names = "--encoder-hidden-size",
            paramLabel = "N",
            description = "The network's width; by default the model's.")
    private int encoderWidth;

    @Option(
            names = "--encoder-num-layers",
            paramLabel = "N",
            description = "The layers of an LSTM; 2 by default.")
    private int encoderLayers = SoftPromptConfig.Encoder.DEFAULT_LAYERS;

    @Option(
            names = "--encoder-dropout",
            paramLabel = "P",
            description = "Dropout between the layers of an lstm, in [0, 1).")
    private double encoderDropout;

    /** Returns what trains. */
    public MethodKind kind() {
        return method;
    }

    /** Returns the names of all options of adapters. */
    public static List<String> names() {
        List<String> names = new ArrayList<>(LoraOptions.NAMES);
        names.addAll(OF_IA3);
        names.addAll(OF_PROMPTS);
        names.addAll(OF_PROMPT_TUNING);
        names.addAll(OF_P_TUNING);
        return names;
    }

    /** Refuses options of other methods than the chosen one. */
    public void check(ReportOptions report) {
        String why = " is not for --method " + method + "; it is for ";
        boolean prompt = method == MethodKind.PROMPT_TUNING || method == MethodKind.P_TUNING;
        if (method != MethodKind.IA3) {
            report.refuse(OF_IA3, why + MethodKind.IA3);
        }
        if (!prompt) {
            report.refuse(
                    OF_PROMPTS, why + MethodKind.PROMPT_TUNING + " and " + MethodKind.P_TUNING);
        }
        if (method != MethodKind.PROMPT_TUNING) {
            report.refuse(OF_PROMPT_TUNING, why + MethodKind.PROMPT_TUNING);
        }
        if (method != MethodKind.P_TUNING) {
            report.refuse(OF_P_TUNING, why + MethodKind.P_TUNING);
        }
        if (method != MethodKind.LORA) {
            List<String> others = new ArrayList<>(LoraOptions.NAMES);
            others.removeAll(
                    prompt
                            ? List.of("--modules-to-save")
                            : method == MethodKind.TRAINABLE_TOKENS ? OF_TOKENS : SELECTING);
            report.refuse(others, why + MethodKind.LORA);
        }
    }

    /** As {@link #check}, where every weight cannot train. */
    public void checkAdapter(ReportOptions report) {
        report.refuse(
                method == MethodKind.FULL,
                "--method full has no adapter to count; expected another --method");
        check(report);
    }

    /**
     * Returns the configuration.
     *
     * @throws IllegalArgumentException if a value is out of range
     */
    public AdapterConfig config(long seed) {
        LoraConfig shared = lora.config(seed);
        if (method == MethodKind.PROMPT_TUNING || method == MethodKind.P_TUNING) {
            return new SoftPromptConfig(virtualTokens, source(), shared.modulesToSave(), seed);
        }
        if (method == MethodKind.TRAINABLE_TOKENS) {
            return new TrainableTokensConfig(shared.tokens().ofInputs(), shared.targets());
        }
        if (method != MethodKind.IA3) {
            return shared;
        }
        Ia3Config.Builder builder =
                Ia3Config.builder()
                        .optTargets(shared.targets())
                        .optModulesToSave(shared.modulesToSave());
        if (feedforward != null) {
            builder.optFeedforwardModules(
                    feedforward.startsWith(TargetModules.REGEX_PREFIX)
                            ? List.of(feedforward)
                            : Arrays.stream(feedforward.split(","))
                                    .map(String::strip)
                                    .filter(name -> !name.isEmpty())
                                    .toList());
        }
        return builder.build();
    }

    private SoftPromptConfig.Source source() {
        if (method == MethodKind.P_TUNING) {
            return new SoftPromptConfig.Encoder(
                    network, encoderWidth, encoderLayers, encoderDropout);
        }
        boolean isText = promptText != null && promptInit == null;
        if (isText || promptInit == PromptInit.TEXT) {
            return new SoftPromptConfig.Text(promptText == null ? "" : promptText, List.of());
        }
        return promptInit == PromptInit.SAMPLE_VOCAB
                ? new SoftPromptConfig.SampledVocabulary()
                : new SoftPromptConfig.Random();
    }
}
