/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.cli.train;

import java.io.IOException;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeSet;
import org.lora4j.cli.terminal.Words;
import org.lora4j.core.AdapterConfig;
import org.lora4j.core.Ia3Config;
import org.lora4j.core.LoraConfig;
import org.lora4j.core.SoftPromptConfig;
import org.lora4j.core.TargetModules;
import org.lora4j.core.TrainableTokens;
import org.lora4j.core.TrainableTokensConfig;
import org.lora4j.hf.LoraModel;
import org.lora4j.hf.model.TrainableParameters;
import org.lora4j.hf.script.ScriptClassifier;

/** What a training is run with, by name, for its report and its manifest. */
final class TrainingFacts {
    private TrainingFacts() {}

    static Map<String, Object> base(TrainingPlan plan, LoraModel model, Path directory)
            throws IOException {
        TrainableParameters parameters = model.trainableParameters();
        Map<String, Object> facts = new LinkedHashMap<>();
        facts.put("model", plan.model().name());
        if (!plan.model().name().equals(directory.toString())) {
            facts.put("directory", directory);
        }
        facts.put("type", model.config().modelType());
        facts.put("dtype", Words.lower(plan.dtype()));
        facts.put("all_parameters", parameters.all());
        facts.put("trained_parameters", parameters.trainable());
        return facts;
    }

    static Map<String, Object> script(TrainingPlan plan, ScriptClassifier model) {
        TrainableParameters parameters = model.trainableParameters();
        Map<String, Object> facts = new LinkedHashMap<>();
        facts.put("model", plan.model().name());
        facts.put("type", "TorchScript");
        facts.put("tokenizer", model.tokenizer().directory());
        facts.put("all numbers", Words.format("%,d", parameters.all()));
        facts.put("of them trained", Words.format("%.4f %%", parameters.percent()));
        return facts;
    }

    static Map<String, Object> data(TrainingPlan plan) {
        Map<String, Object> facts = new LinkedHashMap<>();
        facts.put("training_data", plan.dataFile());
        Path validation = plan.validationFile();
        facts.put("validation_data", validation == null ? "none" : validation);
        return facts;
    }

    static Map<String, Object> adapter(AdapterConfig config) {
        TargetModules targets = config.targets();
        Map<String, Object> facts = new LinkedHashMap<>();
        if (config instanceof LoraConfig lora) {
            facts.put("rank", lora.rank());
            facts.put("alpha", lora.alpha());
            facts.put("scaling", lora.rslora() ? "alpha / sqrt(rank)" : "alpha / rank");
            facts.put("dropout", lora.dropout());
        } else {
            facts.put("method", config.peftType());
        }
        facts.put(
                "target_modules",
                targets.names().isEmpty()
                        ? Words.lower(targets.kind()).replace('_', ' ')
                        : List.copyOf(new TreeSet<>(targets.names())));
        facts.put("bias", Words.lower(config.bias()));
        if (!config.modulesToSave().isEmpty()) {
            facts.put("modules_to_save", config.modulesToSave());
        }
        if (config instanceof SoftPromptConfig prompt) {
            facts.put("virtual_tokens", prompt.virtualTokens());
            facts.put("prompt", prompt.source());
        }
        if (config instanceof TrainableTokensConfig tokens) {
            facts.put("token_indices", tokens.tokenIndices());
        }
        if (config instanceof Ia3Config ia3) {
            facts.put("feedforward_modules", ia3.feedforward());
        }
        if (!config.tokens().isEmpty()) {
            TrainableTokens tokens = config.tokens();
            facts.put(
                    "trainable_token_indices",
                    tokens.ofInputs().isEmpty() ? tokens.byModule() : tokens.ofInputs());
        }
        facts.put("seed", config.seed());
        return facts;
    }
}
