/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.export.decoder;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import org.lora4j.export.gguf.GgufFile;
import org.lora4j.export.gguf.GgufType;

/**
 * An adapter's pairs as llama.cpp's adapters have them, llama-adapter.cpp: a weight NAME gets
 * alpha/r · b·a, with one alpha for the whole file and r of each pair. A scaling of its own is
 * multiplied into b.
 *
 * @param family what the family is to llama.cpp
 * @param heads the heads of queries and keys
 * @param tied whether the vocabulary projection is the word table
 */
public record AdapterTensors(LlamaCppFamily family, DecoderSettings.Heads heads, boolean tied) {
    /** The layers to which llama.cpp adds an adapter (build_lora_mm); it is silent of others. */
    private static final Set<String> LINEAR =
            Set.of(
                    "attn_q",
                    "attn_k",
                    "attn_v",
                    "attn_qkv",
                    "attn_output",
                    "ffn_gate",
                    "ffn_up",
                    "ffn_down");

    private static final String TABLE = "token_embd";
    private static final String PROJECTION = "output";

    /**
     * Adds all pairs, and the alpha.
     *
     * @param file the file
     * @param pairs the pairs
     * @param type how A and B are stored
     * @throws IOException naming the modules that llama.cpp would not correct
     */
    public void addTo(GgufFile file, List<LowRankPair> pairs, GgufType type) throws IOException {
        List<String> names = names(pairs);
        float alpha = alpha(pairs);
        file.put("adapter.lora.alpha", alpha);
        for (int i = 0; i < names.size(); i++) {
            LowRankPair pair = pairs.get(i);
            String name = names.get(i);
            float factor = (float) (pair.scaling() * pair.rank() / alpha);
            Shape a = pair.a().getShape();
            boolean turned = name.equals(TABLE);
            file.tensor(
                    name + ".weight.lora_a",
                    turned ? new Shape(a.get(1), a.get(0)) : a,
                    type,
                    use -> {
                        try (NDManager scope = pair.a().getManager().newSubManager()) {
                            NDArray own = pair.a().stopGradient();
                            own.attach(scope);
                            use.take(turned ? own.transpose() : own);
                        }
                    });
            file.tensor(
                    name + ".weight.lora_b",
                    pair.b().getShape(),
                    type,
                    use -> {
                        try (NDManager scope = pair.b().getManager().newSubManager()) {
                            NDArray own = pair.b().stopGradient();
                            own.attach(scope);
                            use.take(arranged(factor == 1 ? own : own.mul(factor), name));
                        }
                    });
        }
    }

    private NDArray arranged(NDArray b, String name) {
        if (family.permuted() && name.endsWith(".attn_q")) {
            return DecoderTensors.permuted(b, heads.query());
        }
        if (family.permuted() && name.endsWith(".attn_k")) {
            return DecoderTensors.permuted(b, heads.key());
        }
        return b;
    }

    /** An alpha with which most files need no factors; llama.cpp takes 0 for s = 1. */
    private static float alpha(List<LowRankPair> pairs) {
        return pairs.stream()
                .map(pair -> (float) (pair.scaling() * pair.rank()))
                .filter(alpha -> alpha > 0)
                .findFirst()
                .orElse(1f);
    }

    private List<String> names(List<LowRankPair> pairs) throws IOException {
        List<String> names = new ArrayList<>();
        List<String> refused = new ArrayList<>();
        for (LowRankPair pair : pairs) {
            String name = family.names().of(pair.module()).orElse("");
            boolean ends = name.equals(TABLE) || name.equals(PROJECTION);
            if (ends && tied) {
                refused.add(
                        pair.module()
                                + " (the word table is the vocabulary projection too, and would"
                                + " change as both)");
            } else if (!ends && !LINEAR.contains(name.replaceFirst("^blk\\.\\d+\\.", ""))) {
                refused.add(pair.module());
            }
            names.add(name);
        }
        if (!refused.isEmpty()) {
            throw new IOException(
                    ("%s: llama.cpp's %s adds no adapter there; merge the adapter into its base,"
                                    + " and write the merged model")
                            .formatted(refused, family.architecture()));
        }
        return names;
    }
}
