/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.hf.estimate;

import java.io.IOException;
import java.util.regex.Pattern;
import org.lora4j.hf.family.AdapterCount;
import org.lora4j.hf.family.ModuleShape;
import org.lora4j.hf.family.ParameterInventory;
import org.lora4j.hf.model.ModelConfig;

/**
 * The sizes of a model on which memory and time depend. What is counted for each token is summed
 * over the linear layers that are not outside the model's layers, as a head is.
 *
 * @param layers how many layers there are
 * @param hidden the width of the hidden states
 * @param multiplied the products for each token
 * @param outputs the numbers that the linear layers return for each token
 * @param inputs the numbers that those with an adapter get
 * @param adapted the numbers that those with an adapter get and return
 * @param ranks the ranks of the adapters
 * @param attended the heads of all layers
 * @param vocabulary the logits for each token; 0 for a classifier
 */
record ModelSizes(
        int layers,
        int hidden,
        double multiplied,
        double outputs,
        double inputs,
        double adapted,
        double ranks,
        double attended,
        double vocabulary) {
    private static final Pattern IN_LAYER = Pattern.compile("\\.[0-9]+\\.");

    static ModelSizes of(
            ModelConfig config, ParameterInventory inventory, AdapterCount count, boolean causal)
            throws IOException {
        double multiplied = 0;
        double outputs = 0;
        double inputs = 0;
        double adapted = 0;
        double ranks = 0;
        for (ModuleShape module : inventory.modules()) {
            if (module.isLinear() && IN_LAYER.matcher(module.path()).find()) {
                multiplied += (double) module.inputs() * module.outputs();
                outputs += module.outputs();
                Long added = count.added().get(module.path());
                if (added != null) {
                    double sides = module.inputs() + module.outputs();
                    inputs += module.inputs();
                    adapted += sides;
                    ranks += added / sides;
                }
            }
        }
        int layers = first(config, "num_hidden_layers", "n_layers", "n_layer");
        int heads = first(config, "num_attention_heads", "n_heads", "n_head");
        return new ModelSizes(
                layers,
                config.hiddenSize().orElse(0),
                multiplied,
                outputs,
                inputs,
                adapted,
                ranks,
                (double) layers * heads,
                causal ? config.integer("vocab_size", 0) : 0);
    }

    private static int first(ModelConfig config, String... keys) throws IOException {
        for (String key : keys) {
            if (config.has(key)) {
                return config.integer(key, 1);
            }
        }
        return 1;
    }
}
