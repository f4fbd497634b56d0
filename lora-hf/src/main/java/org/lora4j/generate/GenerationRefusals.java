/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.generate;

import com.google.gson.JsonElement;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The keys of generation_config.json that change what transformers gives and that this library does
 * not do; each is refused by its name unless its value is the neutral one.
 */
final class GenerationRefusals {
    private static final double ANY = Double.MAX_VALUE;

    private GenerationRefusals() {}

    /**
     * Refuses what cannot be done in any case.
     *
     * @throws IOException if the file asks for it; the message names the keys
     */
    static void check(GenerationFile file) throws IOException {
        List<String> refused = new ArrayList<>();
        above(file, "num_beams", 1, "beam search", refused);
        above(file, "num_return_sequences", 1, "several texts for one prompt", refused);
        unless(file, "guidance_scale", 1, "classifier-free guidance", refused);
        for (String key : List.of("constraints", "force_words_ids")) {
            present(file, key, "constrained beam search", refused);
        }
        present(file, "dola_layers", "DoLa decoding", refused);
        present(file, "watermarking_config", "watermarks", refused);
        present(file, "max_time", "a limit of time", refused);
        flag(file, "token_healing", "token healing", refused);
        flag(file, "is_assistant", "an assistant's early end", refused);
        JsonElement cache = file.get("cache_implementation");
        if (cache != null && cache.toString().equals("\"quantized\"")) {
            refused.add("cache_implementation (a quantized cache)");
        }
        if (!refused.isEmpty()) {
            throw new IOException(
                    ("%s: asks for what is not supported: %s; expected a model without it. Take it"
                                    + " out of the file to generate without it")
                            .formatted(file.path(), String.join(", ", refused)));
        }
    }

    /** What cannot be done where tokens are drawn, or null. */
    static @Nullable List<String> whenDrawn(GenerationFile file) throws IOException {
        List<String> refused = new ArrayList<>();
        Double typical = file.number("typical_p", 0, ANY, "a number above 0");
        if (typical != null && typical < 1) {
            refused.add("typical_p");
        }
        for (String key : List.of("epsilon_cutoff", "eta_cutoff")) {
            Double cutoff = file.number(key, -ANY, ANY, "a number");
            if (cutoff != null && cutoff > 0 && cutoff < 1) {
                refused.add(key);
            }
        }
        if (file.get("top_h") != null) {
            refused.add("top_h");
        }
        return refused.isEmpty() ? null : refused;
    }

    /** Whether contrastive search is asked for where tokens are not drawn. */
    static boolean isContrastive(GenerationFile file, int topK) throws IOException {
        Double alpha = file.number("penalty_alpha", -ANY, ANY, "a number");
        return alpha != null && alpha > 0 && topK > 1;
    }

    private static void above(
            GenerationFile file, String key, int neutral, String what, List<String> refused)
            throws IOException {
        Integer value = file.integer(key, 0);
        if (value != null && value > neutral) {
            refused.add(key + " (" + what + ")");
        }
    }

    private static void unless(
            GenerationFile file, String key, double neutral, String what, List<String> refused)
            throws IOException {
        Double value = file.number(key, -ANY, ANY, "a number");
        if (value != null && value != neutral) {
            refused.add(key + " (" + what + ")");
        }
    }

    private static void present(
            GenerationFile file, String key, String what, List<String> refused) {
        if (file.get(key) != null) {
            refused.add(key + " (" + what + ")");
        }
    }

    private static void flag(GenerationFile file, String key, String what, List<String> refused)
            throws IOException {
        if (file.flag(key)) {
            refused.add(key + " (" + what + ")");
        }
    }
}
