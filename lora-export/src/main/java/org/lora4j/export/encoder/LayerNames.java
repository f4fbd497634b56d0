/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.export.encoder;

/** The names of a layer's parts, below the layer. */
record LayerNames(
        String query,
        String key,
        String value,
        String attended,
        String attentionNorm,
        String wide,
        String narrow,
        String outputNorm) {
    static final LayerNames BERT =
            new LayerNames(
                    "attention.self.query",
                    "attention.self.key",
                    "attention.self.value",
                    "attention.output.dense",
                    "attention.output.LayerNorm",
                    "intermediate.dense",
                    "output.dense",
                    "output.LayerNorm");

    static final LayerNames MPNET =
            new LayerNames(
                    "attention.attn.q",
                    "attention.attn.k",
                    "attention.attn.v",
                    "attention.attn.o",
                    "attention.LayerNorm",
                    "intermediate.dense",
                    "output.dense",
                    "output.LayerNorm");

    static final LayerNames DISTILBERT =
            new LayerNames(
                    "attention.q_lin",
                    "attention.k_lin",
                    "attention.v_lin",
                    "attention.out_lin",
                    "sa_layer_norm",
                    "ffn.lin1",
                    "ffn.lin2",
                    "output_layer_norm");
}
