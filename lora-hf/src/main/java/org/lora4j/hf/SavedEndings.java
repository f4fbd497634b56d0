/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.hf;

import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import org.lora4j.core.Candidate;
import org.lora4j.core.LoraConfig;
import org.lora4j.core.ModulePath;

/**
 * Names the modules that PEFT saved whole because a listed name ends their path without a dot:
 * there "classifier" takes DistilBERT's "pre_classifier" too (_set_trainable of peft 0.21.2).
 */
final class SavedEndings {
    private SavedEndings() {}

    /**
     * Adds such modules to those that are saved whole, if the file has them.
     *
     * @param config the file's configuration
     * @param modules the model's
     * @param tensors the names of the file's tensors
     */
    static LoraConfig add(LoraConfig config, List<Candidate> modules, Set<String> tensors) {
        List<String> saved = new ArrayList<>(config.modulesToSave());
        for (Candidate module : modules) {
            String path = module.path();
            boolean ending =
                    config.modulesToSave().stream()
                            .anyMatch(
                                    name ->
                                            path.endsWith(name)
                                                    && !ModulePath.endsWith(path, name));
            if (ending && tensors.stream().anyMatch(tensor -> isOf(path, tensor))) {
                saved.add(path);
            }
        }
        return config.toBuilder().optModulesToSave(saved).build();
    }

    private static boolean isOf(String path, String tensor) {
        return tensor.startsWith(path + ".") && !tensor.startsWith(path + ".lora_");
    }
}
