/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.hf.adapter;

import java.util.ArrayList;
import java.util.List;
import org.lora4j.core.AdapterConfig;
import org.lora4j.core.Candidate;
import org.lora4j.core.TrainableTokensConfig;

/**
 * The names of heads that PEFT adds to modules_to_save of every SEQ_CLS adapter: a file lists both,
 * and a model has one of them.
 */
public final class PeftHeads {
    private static final List<String> NAMES = List.of("classifier", "score");

    private PeftHeads() {}

    /** Returns a configuration that lists the heads as PEFT would. */
    public static AdapterConfig with(AdapterConfig config) {
        if (config instanceof TrainableTokensConfig) {
            return config; // which has no modules to save
        }
        List<String> saved = new ArrayList<>(config.modulesToSave());
        NAMES.stream().filter(name -> !saved.contains(name)).forEach(saved::add);
        return config.selecting(config.targets(), saved);
    }

    /** Returns a configuration without the heads that a model does not have. */
    static AdapterConfig withoutAbsent(AdapterConfig config, List<Candidate> modules) {
        List<String> saved = new ArrayList<>(config.modulesToSave());
        saved.removeIf(
                name ->
                        NAMES.contains(name)
                                && modules.stream().noneMatch(m -> m.path().endsWith(name)));
        return config.selecting(config.targets(), saved);
    }
}
