/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.hf.estimate;

import java.io.IOException;
import java.util.regex.Pattern;
import org.lora4j.core.AdapterConfig;
import org.lora4j.core.LoraConfig;
import org.lora4j.hf.family.AdapterCount;
import org.lora4j.hf.family.ModuleShape;
import org.lora4j.hf.model.ModelConfig;

/**
 * The sizes of a model on which memory and time depend. What is counted for each token is of the
 * linear layers inside the model's layers, so without a head. Where a head reads the first token
 * alone, only keys and values of an encoder's last layer are computed for all tokens.
 *
 * @param layers how many layers there are
 * @param whole how many are computed for all tokens
 * @param hidden the width of the hidden states
 * @param multiplied the products for each token
 * @param outputs the numbers that the linear layers of one layer return for each token
 * @param kept the numbers that one layer keeps of each token for its derivatives, without ranks
 * @param keptOfLast the same of a last layer that is not whole; 0 if all are
 * @param ranks the ranks of one layer's adapters
 * @param masked the elements of one layer's dropout masks for each token
 * @param adapted the numbers that layers with an adapter get and return for each token
 * @param heads the heads of a layer
 * @param dropsAttention whether attention probabilities are dropped
 * @param vocabulary the logits for each token; 0 for a classifier
 */
record ModelSizes(
        int layers,
        int whole,
        int hidden,
        double multiplied,
        double outputs,
        double kept,
        double keptOfLast,
        double ranks,
        double masked,
        double adapted,
        int heads,
        boolean dropsAttention,
        double vocabulary) {
    private static final Pattern IN_LAYER = Pattern.compile("\\.[0-9]+\\.");

    /** The projections behind attention, whose inputs no other derivative reads. */
    private static final Pattern BEHIND_ATTENTION =
            Pattern.compile(".*\\.(o_proj|out_lin|attention\\.output\\.dense|attn\\.c_proj)");

    static ModelSizes of(
            ModelConfig config,
            TaskParameters model,
            AdapterCount count,
            AdapterConfig adapter,
            boolean causal)
            throws IOException {
        double multiplied = 0;
        double outputs = 0;
        double behindAttention = 0;
        double rescaled = 0;
        double inputs = 0;
        double adapted = 0;
        double ranks = 0;
        boolean encoder = model.isEncoder();
        LoraConfig lora = adapter instanceof LoraConfig pairs ? pairs : null;
        for (ModuleShape module : model.inventory().modules()) {
            String path = module.path();
            if (module.isLinear() && IN_LAYER.matcher(path).find()) {
                multiplied += (double) module.inputs() * module.outputs();
                outputs += module.outputs();
                Long added = count.added().get(path);
                if (added != null && lora != null) {
                    inputs += module.inputs();
                    adapted += module.inputs() + module.outputs();
                    rescaled += lora.dora() ? module.outputs() : 0;
                    ranks += lora.rankFor(path);
                    if (BEHIND_ATTENTION.matcher(path).matches()) {
                        behindAttention += module.inputs();
                    }
                } else if (added != null) {
                    rescaled += added; // a vector, as long as what it rescales
                    adapted += 2.0 * added;
                }
            }
        }
        int layers = first(config, "num_hidden_layers", "n_layers", "n_layer");
        int hidden = config.hiddenSize().orElse(0);
        boolean cut = model.readsFirstTokens();
        int whole = cut ? layers - 1 : layers;
        double share = (double) whole / layers;
        // What linear layers return is kept as queries, keys and values, as the inputs of
        // activations, or, added up, as those of normalisations; an encoder's adapters read the
        // result of a normalisation of the layer before. What magnitudes and vectors rescale is
        // kept beside what they give.
        double kept = (outputs + behindAttention + rescaled) / layers + (encoder ? hidden : 0);
        double masked = lora != null && lora.dropout() > 0 ? inputs / layers : 0;
        if (encoder && probability(config, "hidden_dropout_prob", "dropout") > 0) {
            masked += 2.0 * hidden;
        }
        return new ModelSizes(
                layers,
                whole,
                hidden,
                multiplied * share + (cut ? 2.0 * hidden * hidden : 0),
                outputs / layers,
                kept,
                cut ? 3.0 * hidden : 0,
                ranks / layers,
                masked,
                adapted * share + (cut ? 4.0 * hidden : 0),
                first(config, "num_attention_heads", "n_heads", "n_head"),
                encoder
                        && probability(config, "attention_probs_dropout_prob", "attention_dropout")
                                > 0,
                causal ? config.integer("vocab_size", 0) : 0);
    }

    private static double probability(ModelConfig config, String... keys) throws IOException {
        for (String key : keys) {
            if (config.has(key)) {
                return config.probability(key, 0);
            }
        }
        return 0.1;
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
