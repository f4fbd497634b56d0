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
import org.lora4j.core.TargetModules;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** What an adapter is: the method, and its own options beside those of LoRA. */
public final class MethodOptions {
    private static final List<String> OF_IA3 = List.of("--feedforward-modules");

    /** The options of LoRA that select modules, which (IA)³ has too. */
    private static final List<String> SELECTING =
            List.of("--target-modules", "--exclude-modules", "--layers", "--modules-to-save");

    @Option(
            names = "--method",
            paramLabel = "METHOD",
            description =
                    "lora trains low-rank matrices, ia3 vectors that rescale layers, full every"
                            + " weight, for comparison.")
    private MethodKind method = MethodKind.LORA;

    @Mixin private LoraOptions lora;

    @Option(
            names = "--feedforward-modules",
            paramLabel = "NAMES",
            description =
                    "With --method ia3, the modules whose input is rescaled rather than their"
                            + " output: names, or one pattern regex:...")
    private @Nullable String feedforward;

    /** Returns what trains. */
    public MethodKind kind() {
        return method;
    }

    /** Returns the names of all options of adapters. */
    public static List<String> names() {
        List<String> names = new ArrayList<>(LoraOptions.NAMES);
        names.addAll(OF_IA3);
        return names;
    }

    /** Refuses options of other methods than the chosen one. */
    public void check(ReportOptions report) {
        String why = " is not for --method " + method + "; it is for ";
        if (method == MethodKind.LORA) {
            report.refuse(OF_IA3, why + MethodKind.IA3);
        }
        if (method == MethodKind.IA3) {
            List<String> others = new ArrayList<>(LoraOptions.NAMES);
            others.removeAll(SELECTING);
            report.refuse(others, why + MethodKind.LORA);
        }
    }

    /**
     * Returns the configuration.
     *
     * @throws IllegalArgumentException if a value is out of range
     */
    public AdapterConfig config(long seed) {
        LoraConfig shared = lora.config(seed);
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
}
